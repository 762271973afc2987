#!/usr/bin/env bash
# Imports the real files beside the project (read in place) and prints what every given program says of each person.
# usage: docs/validation/real-files.sh [NAME=PROGRAM]…      for example before=/path/to/an/older/nightmend now=target/release/nightmend
# Without the files it says so and passes over. What it printed is kept in docs/validation/real-files.md.
set -euo pipefail
cd "$(dirname "$0")/../.."
data="${NIGHTMEND_SHARED_DATA:-../shared/data}"
if [ ! -d "$data" ]; then
  echo "passed over: $data is absent"
  exit 0
fi
[ $# -gt 0 ] || set -- "now=${CARGO_TARGET_DIR:-target}/release/nightmend"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

ask() { # name, program
  local name="$1" program="$2" store="$work/$1-store" answers="$work/$1"
  mkdir -p "$answers"
  say() { "$program" --data "$store" "$@" > /dev/null 2>> "$answers/log" || true; }
  say --person visible import "$data/visible_longcovid" --map docs/guides/maps/visible.toml
  say import "$data/pmdata" --map docs/guides/maps/pmdata-wellness.toml --tz Europe/Oslo
  say --person p8 import "$data/myaiguide/Participant8Anonymized" --map docs/guides/maps/myaiguide-pain.toml \
    --map docs/guides/maps/myaiguide-observations.toml
  answer() { "$program" --data "$store" --person "$2" loop --json "${@:3}" > "$answers/$1" 2>> "$answers/log" || true; }
  answer "Visible year, headache" visible --pain headache
  answer "Visible year, fatigue" visible --pain fatigue
  answer "Visible year, muscle aches" visible --pain "muscle aches"
  for person in p01 p02 p03 p05 p06 p07 p10 p12 p13 p16; do answer "PMData $person" "$person"; done
  answer "MyAIGuide P8, low back" p8 --pain "low back pain"
}

names=()
for pair in "$@"; do
  ask "${pair%%=*}" "${pair#*=}"
  names+=("${pair%%=*}")
done

python3 - "$work" "${names[@]}" <<'P'
import json, os, sys

work, names = sys.argv[1], sys.argv[2:]


def arrow(of):
    low, high = of["ci90"]
    told = {"clear": "**clear**", "cannot_tell_yet": "cannot tell yet"}.get(of["told"], of["told"])
    return f"{of['mean']:.3g} ({low:.3g} to {high:.3g}), z {of['z']:.2f}, {told}"


def cells(path):
    try:
        with open(path) as file:
            answer = json.load(file)
    except (OSError, ValueError):
        return ["no answer", "no answer", ""]
    effects = answer.get("effects")
    if not effects:
        sentence = answer.get("sentence") or " ".join(answer.get("sentences", [])) or str(answer.get("cannot_tell"))
        return [sentence, "", ""]
    failed = sorted(check["name"] for check in answer.get("checks", []) if not check["passed"])
    engine = answer["settings"]["engine"].split(", ", 1)[-1]
    return [
        f"{arrow(effects['sleep_to_pain'])}", f"{arrow(effects['pain_to_sleep'])}",
        f"{engine}; failed: {', '.join(failed) or 'nothing'}",
    ]


print("| whose | program | sleep to pain: mean (90 %), z, told | pain to sleep | form; checks that failed |")
print("|---|---|---|---|---|")
for answer in sorted(os.listdir(f"{work}/{names[0]}")):
    if answer == "log":
        continue
    for name in names:
        print("| " + " | ".join([answer, name, *cells(f"{work}/{name}/{answer}")]) + " |")
P
