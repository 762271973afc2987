"""The half-day loop in numpyro with every state sampled (nothing integrated out): an oracle for the posterior.

usage: oracle_half_day.py FOLDER [--warmup 1000] [--draws 8000] [--chains 2]
Evening, night, morning and day are written as the three equations of the science notes (section 2.2), with no
transition matrix, no covariance and no filter, so that an error of algebra in the engine cannot be repeated here.
The states are non-centred. Chains start in the middle of the prior: from numpyro's own random starts two chains of 700 +
2,000 draws had not met in the end (effective draws: 3).
"""
import argparse
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--warmup", type=int, default=1000)
parser.add_argument("--draws", type=int, default=8000)
parser.add_argument("--chains", type=int, default=2)
options = parser.parse_args()
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={options.chains}"

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from numpyro.infer import MCMC, NUTS, init_to_median

from case import FIRST_SD, HALF_DAY_NAMES, Case, report

jax.config.update("jax_enable_x64", True)
case = Case(options.folder, half_day=True)
y, seen = jnp.array(case.y), jnp.array(case.seen)
months, weekend = jnp.array(case.months), jnp.array(case.weekend)


def model():
    q = {name: numpyro.sample(name, dist.Normal(*case.priors[name])) for name in HALF_DAY_NAMES}
    phi_s, lam, phi_p = (jnp.tanh(q[f"atanh_{name}"]) for name in ("phi_s", "lambda", "phi_p"))
    sd_s, sd_m, sd_d = (jnp.exp(q[f"ln_sigma_{side}"]) for side in "smd")
    z = numpyro.sample("z", dist.Normal(jnp.zeros((case.n, 3)), 1).to_event(2))

    def live(before, today):
        night_before, day_before = before
        z, is_first = today
        night = phi_s * night_before + q["b_ps"] * day_before + sd_s * z[0]
        night = jnp.where(is_first, FIRST_SD * z[0], night)
        morning = lam * day_before + q["b_sm"] * night + sd_m * z[1]
        morning = jnp.where(is_first, FIRST_SD * z[1], morning)
        day = phi_p * morning + q["b_sd"] * night + sd_d * z[2]
        day = jnp.where(is_first, FIRST_SD * z[2], day)
        return (night, day), jnp.stack([night, morning, day])

    _, states = jax.lax.scan(live, (0.0, 0.0), (z, jnp.arange(case.n) == 0))
    pain = q["mean_p"] + q["trend_p"] * months + q["weekend_p"] * weekend
    sleep = q["mean_s"] + q["trend_s"] * months + q["weekend_s"] * weekend
    level = jnp.stack([sleep, pain + q["delta_am"], pain], 1)
    noise = jnp.exp(jnp.stack([q["ln_r_s"], q["ln_r_m"], q["ln_r_d"]]))
    numpyro.factor("observed", (dist.Normal(level + states, noise).log_prob(y) * seen).sum())


if __name__ == "__main__":
    mcmc = MCMC(
        NUTS(model, target_accept_prob=0.9, init_strategy=init_to_median(num_samples=25)), num_warmup=options.warmup, num_samples=options.draws,
        num_chains=options.chains, chain_method="parallel", progress_bar=False,
    )
    start = time.perf_counter()
    mcmc.run(jax.random.PRNGKey(0))
    draws = jax.block_until_ready(mcmc.get_samples(group_by_chain=True))
    seconds = {"first": time.perf_counter() - start}
    version = f"numpyro {numpyro.__version__}, jax {jax.__version__}"
    report("numpyro, explicit states", version, HALF_DAY_NAMES, draws, seconds)
