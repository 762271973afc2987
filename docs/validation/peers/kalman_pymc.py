"""The one-pain-a-day loop in PyMC with its states integrated out by a Kalman filter under scan, sampled by nutpie.

usage: kalman_pymc.py FOLDER [--warmup 500] [--draws 1000] [--chains 4] [--backend numba|jax]
"""
import argparse
import time

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--warmup", type=int, default=500)
parser.add_argument("--draws", type=int, default=1000)
parser.add_argument("--chains", type=int, default=4)
parser.add_argument("--backend", default="numba")
options = parser.parse_args()

import nutpie
import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt

from case import FIRST_SD, NAMES, Case, report

case = Case(options.folder)


def step(y_s, y_p, on_s, on_p, first, s, p, ss, sp, pp, phi_s, phi_p, b_sp, b_ps, q_s, q_p, r_s, r_p):
    night = phi_s * s + b_ps * p
    night_var = phi_s**2 * ss + 2 * phi_s * b_ps * sp + b_ps**2 * pp + q_s
    night_pain = phi_s * sp + b_ps * pp
    later = 1 - first
    s1, p1 = later * night, later * (phi_p * p + b_sp * night)
    ss1 = later * night_var + first * FIRST_SD**2
    sp1 = later * (phi_p * night_pain + b_sp * night_var)
    pp1 = later * (phi_p**2 * pp + 2 * phi_p * b_sp * night_pain + b_sp**2 * night_var + q_p) + first * FIRST_SD**2
    v, f = y_s - s1, ss1 + r_s
    value = -0.5 * on_s * (pt.log(2 * np.pi * f) + v * v / f)
    ks, kp = on_s * ss1 / f, on_s * sp1 / f
    s2, p2 = s1 + ks * v, p1 + kp * v
    ss2, sp2, pp2 = ss1 - ks * ss1, sp1 - ks * sp1, pp1 - kp * sp1
    v, f = y_p - p2, pp2 + r_p
    value = value - 0.5 * on_p * (pt.log(2 * np.pi * f) + v * v / f)
    ks, kp = on_p * sp2 / f, on_p * pp2 / f
    return s2 + ks * v, p2 + kp * v, ss2 - ks * sp2, sp2 - ks * pp2, pp2 - kp * pp2, value


with pm.Model() as model:
    q = {name: pm.Normal(name, *case.priors[name]) for name in NAMES}
    level = {
        side: q[f"mean_{side}"] + q[f"trend_{side}"] * case.months + q[f"weekend_{side}"] * case.weekend
        for side in "sp"
    }
    on = case.seen.astype(float)
    first = np.zeros(case.n)
    first[0] = 1.0
    zero = pt.constant(0.0, dtype="float64")
    results = pytensor.scan(
        step,
        sequences=[
            case.y[:, 0] - level["s"], case.y[:, 1] - level["p"], pt.as_tensor_variable(on[:, 0]),
            pt.as_tensor_variable(on[:, 1]), pt.as_tensor_variable(first),
        ],
        outputs_info=[zero, zero, zero, zero, zero, None],
        non_sequences=[
            pt.tanh(q["atanh_phi_s"]), pt.tanh(q["atanh_phi_p"]), q["b_sp"], q["b_ps"],
            pt.exp(2 * q["ln_sigma_s"]), pt.exp(2 * q["ln_sigma_p"]), pt.exp(2 * q["ln_r_s"]),
            pt.exp(2 * q["ln_r_p"]),
        ],
        strict=True,
        return_updates=False,
    )
    pm.Potential("series", results[-1].sum())

if __name__ == "__main__":
    start, start_cpu = time.perf_counter(), time.process_time()
    compiled = nutpie.compile_pymc_model(model, backend=options.backend)
    compiled_at, compiled_cpu = time.perf_counter(), time.process_time()
    trace = nutpie.sample(
        compiled, tune=options.warmup, draws=options.draws, chains=options.chains, seed=1, progress_bar=False
    )
    seconds = {
        "first": time.perf_counter() - start, "first_cpu": time.process_time() - start_cpu,
        "again": time.perf_counter() - compiled_at, "again_cpu": time.process_time() - compiled_cpu,
    }
    draws = {name: trace.posterior[name].values for name in NAMES}
    version = f"PyMC {pm.__version__}, nutpie {nutpie.__version__}, PyTensor {pytensor.__version__}"
    report(f"PyMC with nutpie, {options.backend}", version, NAMES, draws, seconds)
