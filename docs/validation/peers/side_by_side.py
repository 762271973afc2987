"""Runs the engine and its peers as whole processes, in turns, on the same series and priors, and writes a page.

usage: side_by_side.py FOLDER [--days 90 365] [--rounds 1] [--page-only]
Run it with the Python of an environment that has requirements.txt. FOLDER keeps the series, every run as JSON (a run
that is there is not made again) and the oracle's answer; the page goes to docs/validation/peers.md. The engine is built, unless
ORACLE_CASE in the environment names a built one. On a machine that
others share the clock says little: processor seconds are what the ratios are taken from.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
ARROWS = ["b_sp", "b_ps"]
PEERS = {"numpyro": "kalman_numpyro.py", "pymc": "kalman_pymc.py"}
OURS_PER_ROUND = 5


def engine():
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return os.environ.get("ORACLE_CASE", str(target / "release/examples/oracle_case"))


def timed(command):
    """Runs a process to its end: what it printed, seconds on the clock, processor seconds, MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=HERE)
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command} ended with status {status}")
    run = json.loads(text)
    run["process"] = {
        "wall": time.perf_counter() - start,
        "cpu": usage.ru_utime + usage.ru_stime,
        "mb": usage.ru_maxrss / 1024,
        "load": os.getloadavg()[0],
    }
    return run


def kept(path, make):
    if not path.exists():
        print(f"  {path.name} …", file=sys.stderr)
        path.write_text(json.dumps(make()))
    return json.loads(path.read_text())


def run_all(folder, days, rounds):
    case = folder / str(days)
    case.mkdir(parents=True, exist_ok=True)
    kept(case / "reference.json", lambda: timed([engine(), str(case), "--days", str(days)]))
    runs = {name: [] for name in ["ours", *PEERS]}
    for turn in range(rounds):
        for name, script in PEERS.items():
            for again in range(OURS_PER_ROUND):
                path = case / f"ours-{turn}-{name}-{again}.json"
                runs["ours"].append(kept(path, lambda: timed([engine(), str(case), "--timed"])))
            extra = ["--again"] if name == "numpyro" and days <= 90 else []
            command = [sys.executable, script, str(case), *extra]
            runs[name].append(kept(case / f"{name}-{turn}.json", lambda: timed(command)))
    return runs


def figures(run, clock, compile_seconds=None):
    """Whole process with and without compilation, seconds; a second sampling in the same process is taken off."""
    suffix = "_cpu" if clock == "cpu" else ""
    seconds, whole = run["seconds"], run["process"][clock]
    first, again = seconds.get(f"first{suffix}"), seconds.get(f"again{suffix}")
    if first is None:
        return whole, whole
    if run["engine"].startswith("numpyro"):
        if again is None:
            return whole, whole - compile_seconds
        return whole - again, whole - first
    return whole, whole - (first - again)


def ess(run, names):
    return min(run["parameters"][name]["ess"] for name in names)


def rows(runs, days, compile_seconds):
    ours = {}
    for name, all_runs in runs.items():
        run = sorted(all_runs, key=lambda run: run["process"]["cpu"])[len(all_runs) // 2]
        names = list(run["parameters"])
        arrows, worst = ess(run, ARROWS), ess(run, names)
        with_compile, without = figures(run, "cpu", compile_seconds)
        wall = statistics.median(figures(one, "wall", compile_seconds)[0] for one in all_runs)
        per = {
            "arrows": (1000 * with_compile / arrows, 1000 * without / arrows),
            "worst": (1000 * with_compile / worst, 1000 * without / worst),
        }
        if name == "ours":
            ours = per
        ratio = {key: tuple(value / mine for value, mine in zip(per[key], ours[key])) for key in per}
        cells = [
            str(days), run["engine"], f"{with_compile:.2f}", f"{with_compile - without:.1f}", f"{wall:.2f}",
            f"{arrows:.0f} / {worst:.0f}", f"{per['arrows'][1]:.3g} / {per['worst'][1]:.3g}",
            "1" if name == "ours" else f"**{ratio['arrows'][1]:.0f}** / {ratio['worst'][1]:.0f}",
            "1" if name == "ours" else f"{ratio['arrows'][0]:.0f} / {ratio['worst'][0]:.0f}",
            f"{run['process']['mb']:.0f}",
        ]
        yield "| " + " | ".join(cells) + " |"


def agreement(reference, others):
    """Differences of means in the reference's posterior SDs, beside the other engine's Monte-Carlo error."""
    head = "| parameter | engine mean (SD) | " + " | ".join(f"{other['engine']}: off (its error)" for other in others)
    lines = [head + " |", "|---|---|" + "---|" * len(others)]
    for name, mine in reference["parameters"].items():
        cells = []
        for other in others:
            theirs = other["parameters"][name]
            off = (theirs["mean"] - mine["mean"]) / mine["sd"]
            error = theirs["sd"] / theirs["ess"] ** 0.5 / mine["sd"]
            cells.append(f"{off:+.3f} ({error:.3f})")
        lines.append(f"| {name} | {mine['mean']:.4f} ({mine['sd']:.4f}) | " + " | ".join(cells) + " |")
    offs = [
        abs(other["parameters"][name]["mean"] - mine["mean"]) / mine["sd"]
        for other in others for name, mine in reference["parameters"].items()
    ]
    spreads = [
        other["parameters"][name]["sd"] / mine["sd"]
        for other in others for name, mine in reference["parameters"].items()
    ]
    lines.append(
        f"\nLargest difference of means {max(offs):.3f} posterior SD; SDs agree within "
        f"{100 * max(abs(ratio - 1) for ratio in spreads):.0f} %."
    )
    return "\n".join(lines)


HEAD = """# Side by side with other engines

Written by `docs/validation/peers/side_by_side.py` (its head says how to run it). The same series, priors and model for
all; every engine a whole process from start to end, 4 chains of 500 + 1,000 draws, in turns on one machine. Ours is the
whole `fit`: besides the draws it weighs the claim, makes the checks and the 17 refits of the hidden influence.

- **Processor seconds** (user and system, all threads) because the machine was shared; the median of several runs for
  ours. *Clock* is the median on the clock, with whatever else ran.
- *Effective draws*: bulk, rank-normalised (Vehtari et al. 2021, 10.1214/20-BA1221), of the worse arrow / of the worst
  parameter. *Per 1,000*: processor seconds for 1,000 effective draws **without compiling**, in that order. *Times ours*: the
  same, divided by ours; *with compiling*: compilation counted once, at this number of draws.
- The peers are written as fast as we could: scalars instead of matrices, chains vectorised in numpyro (parallel chains and
  unrolled scans took more processor time), numba for nutpie (its JAX form took longer). Sampler settings are their defaults.
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--days", type=int, nargs="+", default=[90, 365])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--page-only", action="store_true")
    options = parser.parse_args()
    options.folder = options.folder.resolve()
    if not options.page_only and "ORACLE_CASE" not in os.environ:
        build = ["cargo", "build", "--release", "--quiet", "-p", "nightmend-loop", "--example", "oracle_case"]
        subprocess.run(build, cwd=ROOT, check=True)
    text = [HEAD, "## Time"]
    table = [
        "| days | engine | processor s, whole | of it compiling | clock s | effective draws | per 1,000, s | times ours |"
        " with compiling | MB |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    agree, versions, compile_seconds, loads = [], {}, None, []
    for days in options.days:
        runs = run_all(options.folder, days, options.rounds)
        if "again_cpu" in runs["numpyro"][0]["seconds"]:
            seconds = runs["numpyro"][0]["seconds"]
            compile_seconds = seconds["first_cpu"] - seconds["again_cpu"]
        table.extend(rows(runs, days, compile_seconds))
        reference = json.loads((options.folder / str(days) / "reference.json").read_text())
        agree.append(f"### {days} days\n{agreement(reference, [runs[name][-1] for name in PEERS])}\n")
        for name in ["ours", *PEERS]:
            versions[name] = runs[name][-1]["version"]
            loads.extend(run["process"]["load"] for run in runs[name])
    half = options.folder / "half"
    half.mkdir(exist_ok=True)
    reference = kept(half / "reference.json", lambda: timed([engine(), str(half), "--half-day"]))
    oracle = kept(half / "oracle.json", lambda: timed([sys.executable, "oracle_half_day.py", str(half)]))
    smallest = min(row["ess"] for row in oracle["parameters"].values())
    text += ["\n".join(table)]
    text.append(
        f"\nVersions: {'; '.join(versions.values())}; Python {sys.version.split()[0]}. Load average while it ran: "
        f"{min(loads):.0f} to {max(loads):.0f} on {os.cpu_count()} cores. Compiling is the same for any number of days in "
        "numpyro and was measured at 90."
    )
    text += [
        "\n## Do they agree?\nOur posterior here is a long run (4 × 5,000 draws); *off* is how far the other's mean lies "
        "from ours, in posterior SDs; *its error* is the other's own Monte-Carlo error in the same unit. The claim is 0.1 at "
        "most, which a peer with an error of 0.03 shows. Draws are the timed ones.\n",
        *agree,
        "### The half-day form, 90 days, against explicit states\n"
        "`oracle_half_day.py` samples every state (270 of them) and knows no transition matrix and no filter. It mixes slowly in "
        "the innovation and error of each series, which the data hardly tell apart. 2 chains of "
        f"1,000 + 8,000, {oracle['process']['cpu']:.0f} processor seconds against "
        f"{reference['process']['cpu']:.1f} for ours with 4 × 5,000 draws; its smallest effective number of draws is "
        f"{smallest:.0f}.\n",
        agreement(reference, [oracle]),
    ]
    page = ROOT / "docs/validation/peers.md"
    page.write_text("\n".join(text) + "\n")
    print(f"wrote {page.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
