#!/usr/bin/env bash
# Times whole processes on this machine: start-up, imports, fits, peak memory. Prints a table; asserts nothing.
# usage: docs/validation/measure.sh [FOLDER WITH pmdata]
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --release --quiet
cargo build --release --quiet -p nightmend-app --example five_year_store
program="${CARGO_TARGET_DIR:-target}/release/nightmend"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
"${CARGO_TARGET_DIR:-target}/release/examples/five_year_store" "$work/five"

measure() { # name, command…
  local name="$1"; shift
  python3 - "$name" "$@" <<'P'
import os, resource, subprocess, sys, time
name, command = sys.argv[1], sys.argv[2:]
times = []
for _ in range(7):
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    times.append(time.perf_counter() - start)
times.sort()
print(f"| {name} | {times[0]*1000:.0f} ms | {times[3]*1000:.0f} ms | {usage.ru_maxrss/1024:.0f} MB |")
P
}

echo "load average: $(cut -d' ' -f1 /proc/loadavg), cores: $(nproc)"
echo "| whole process | best of 7 | median | peak memory |"
echo "|---|---|---|---|"
measure "nights, five years" "$program" --data "$work/five" nights
measure "nights --json, five years" "$program" --data "$work/five" nights --json
measure "loop, first 90 days" "$program" --data "$work/five" loop --to 2020-03-30 --json
measure "loop, first 365 days" "$program" --data "$work/five" loop --to 2020-12-30 --json
measure "loop, five years" "$program" --data "$work/five" loop --json
measure "demo" "$program" --data "$work/demo" demo
if [ -d "${1:-}" ]; then
  cat > "$work/pm.sh" <<S
rm -rf "$work/pm"; "$program" --data "$work/pm" import "$1" --map docs/guides/maps/pmdata-wellness.toml --tz Europe/Oslo
for p in 01 02 03 05 06 07 10 12 13 16; do "$program" --data "$work/pm" --person p\$p nights; done
S
  measure "import ten people of PMData, list their nights" bash "$work/pm.sh"
  measure "import them again (all known)" "$program" --data "$work/pm" import "$1" --map docs/guides/maps/pmdata-wellness.toml --tz Europe/Oslo
fi
