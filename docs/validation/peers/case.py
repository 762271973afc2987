"""Reads the series and the priors that `oracle_case` writes, and puts draws into the one form that `side_by_side.py` reads.

The scripts beside this one are peers and oracles: they state the engine's model once more, each in its own way, and
share nothing with it but these two files. They need a virtual environment outside the project (requirements.txt).
"""
import csv
import json
import sys

import numpy as np

NAMES = [
    "mean_s", "mean_p", "atanh_phi_s", "atanh_phi_p", "b_sp", "b_ps", "ln_sigma_s", "ln_sigma_p", "ln_r_s", "ln_r_p",
    "trend_s", "trend_p", "weekend_s", "weekend_p",
]
HALF_DAY_NAMES = [
    "mean_s", "mean_p", "delta_am", "atanh_phi_s", "atanh_lambda", "atanh_phi_p", "b_sm", "b_sd", "b_ps",
    "ln_sigma_s", "ln_sigma_m", "ln_sigma_d", "ln_r_s", "ln_r_m", "ln_r_d", "trend_s", "trend_p", "weekend_s",
    "weekend_p",
]
FIRST_SD = 2.0


class Case:
    """One person's standardised series. `y` and `seen` are days by channels; a value that is not seen is 0 in `y`."""

    def __init__(self, folder, half_day=False):
        with open(f"{folder}/series.csv") as file:
            rows = [[float(cell) if cell else np.nan for cell in row] for row in list(csv.reader(file))[1:]]
        with open(f"{folder}/priors.json") as file:
            self.priors = json.load(file)
        table = np.array(rows)
        channels = 3 if half_day else 2
        values, self.weekend = table[:, :channels], table[:, channels]
        # Both reports of pain share one centre and one spread, so that they stay comparable.
        groups = [[0], list(range(1, channels))]
        standard = np.empty_like(values)
        for group in groups:
            standard[:, group] = (values[:, group] - np.nanmean(values[:, group])) / np.nanstd(values[:, group], ddof=1)
        self.n = len(values)
        self.seen = ~np.isnan(standard)
        self.y = np.nan_to_num(standard)
        self.months = (np.arange(self.n) - (self.n - 1) / 2) / 30
        self.names = HALF_DAY_NAMES if half_day else NAMES


def report(engine, version, names, draws, seconds):
    """Prints one JSON document: mean, SD and effective draws (Vehtari 2021, as ArviZ has it) of every parameter.

    `draws` maps a name to an array of chains by draws; `seconds` holds `first` (compiling and sampling) and `again`
    (the same without compiling), on the clock and, with `_cpu` at the end, of processor time.
    """
    import arviz

    ess = arviz.ess({name: np.asarray(draws[name]) for name in names}, method="bulk")
    rhat = arviz.rhat({name: np.asarray(draws[name]) for name in names})
    rows = {
        name: {
            "mean": float(np.mean(draws[name])),
            "sd": float(np.std(draws[name], ddof=1)),
            "ess": float(ess[name]),
            "rhat": float(rhat[name]),
        }
        for name in names
    }
    json.dump({"engine": engine, "version": version, "seconds": seconds, "parameters": rows}, sys.stdout)
    print()
