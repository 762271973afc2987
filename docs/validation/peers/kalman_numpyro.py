"""The one-pain-a-day loop in numpyro with its states integrated out by a Kalman filter under lax.scan.

usage: kalman_numpyro.py FOLDER [--warmup 500] [--draws 1000] [--chains 4] [--method vectorized|parallel|sequential]
       [--unroll 1] [--again]
The filter is written in scalars, which XLA fuses; matrices of 2 by 2 were slower. --again samples a second time in the
same process, so that what compiling took can be told apart.
"""
import argparse
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--warmup", type=int, default=500)
parser.add_argument("--draws", type=int, default=1000)
parser.add_argument("--chains", type=int, default=4)
parser.add_argument("--method", default="vectorized")
parser.add_argument("--unroll", type=int, default=1)
parser.add_argument("--again", action="store_true")
options = parser.parse_args()
if options.method == "parallel":
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={options.chains}"

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from numpyro.infer import MCMC, NUTS

from case import FIRST_SD, NAMES, Case, report

jax.config.update("jax_enable_x64", True)
case = Case(options.folder)
days = (
    jnp.array(case.y), jnp.array(case.seen), jnp.array(case.months), jnp.array(case.weekend),
    jnp.arange(case.n) == 0,
)


def log_likelihood(q):
    phi_s, phi_p = jnp.tanh(q["atanh_phi_s"]), jnp.tanh(q["atanh_phi_p"])
    b_sp, b_ps = q["b_sp"], q["b_ps"]
    q_s, q_p = jnp.exp(2 * q["ln_sigma_s"]), jnp.exp(2 * q["ln_sigma_p"])
    r_s, r_p = jnp.exp(2 * q["ln_r_s"]), jnp.exp(2 * q["ln_r_p"])

    def step(carried, day):
        s, p, ss, sp, pp, total = carried
        y, seen, months, weekend, first = day
        # The night from yesterday's pair, then the day from the night and yesterday's pain.
        night = phi_s * s + b_ps * p
        night_var = phi_s**2 * ss + 2 * phi_s * b_ps * sp + b_ps**2 * pp + q_s
        night_pain = phi_s * sp + b_ps * pp
        s1 = jnp.where(first, 0.0, night)
        p1 = jnp.where(first, 0.0, phi_p * p + b_sp * night)
        ss1 = jnp.where(first, FIRST_SD**2, night_var)
        sp1 = jnp.where(first, 0.0, phi_p * night_pain + b_sp * night_var)
        pp1 = jnp.where(
            first, FIRST_SD**2, phi_p**2 * pp + 2 * phi_p * b_sp * night_pain + b_sp**2 * night_var + q_p
        )
        # Sleep is seen, then pain: one number at a time, nothing to invert.
        v = y[0] - q["mean_s"] - q["trend_s"] * months - q["weekend_s"] * weekend - s1
        f = ss1 + r_s
        on = jnp.where(seen[0], 1.0, 0.0)
        total = total - 0.5 * on * (jnp.log(2 * jnp.pi * f) + v * v / f)
        ks, kp = on * ss1 / f, on * sp1 / f
        s2, p2 = s1 + ks * v, p1 + kp * v
        ss2, sp2, pp2 = ss1 - ks * ss1, sp1 - ks * sp1, pp1 - kp * sp1
        v = y[1] - q["mean_p"] - q["trend_p"] * months - q["weekend_p"] * weekend - p2
        f = pp2 + r_p
        on = jnp.where(seen[1], 1.0, 0.0)
        total = total - 0.5 * on * (jnp.log(2 * jnp.pi * f) + v * v / f)
        ks, kp = on * sp2 / f, on * pp2 / f
        return (s2 + ks * v, p2 + kp * v, ss2 - ks * sp2, sp2 - ks * pp2, pp2 - kp * pp2, total), None

    zero = jnp.zeros(())
    carried, _ = jax.lax.scan(step, (zero,) * 6, days, unroll=options.unroll)
    return carried[-1]


def model():
    q = {name: numpyro.sample(name, dist.Normal(*case.priors[name])) for name in NAMES}
    numpyro.factor("series", log_likelihood(q))


if __name__ == "__main__":
    mcmc = MCMC(
        NUTS(model), num_warmup=options.warmup, num_samples=options.draws, num_chains=options.chains,
        chain_method=options.method, progress_bar=False,
    )
    seconds = {}
    for key, name in enumerate(["first", "again"][: 1 + options.again]):
        start, start_cpu = time.perf_counter(), time.process_time()
        mcmc.run(jax.random.PRNGKey(key))
        draws = jax.block_until_ready(mcmc.get_samples(group_by_chain=True))
        seconds[name], seconds[f"{name}_cpu"] = time.perf_counter() - start, time.process_time() - start_cpu
    report("numpyro, marginal", f"numpyro {numpyro.__version__}, jax {jax.__version__}", NAMES, draws, seconds)
