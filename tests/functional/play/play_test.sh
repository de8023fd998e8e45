#!/usr/bin/env bash
# Plays one scenario with the programs of a folder and looks at what is left behind.
#
#   play_test.sh BIN SCENARIO OUT [arguments of chancery-play]
#
# A scenario called unexpected.scenario must end with code 1, every other with 0.
set -euo pipefail
bin=$1 scenario=$2 out=$3
shift 3

fail() {
  echo "play_test: $*" >&2
  exit 1
}

rm -rf "$out"
mkdir -p "$(dirname "$out")"
expected=0
[[ $(basename "$scenario") == unexpected.scenario ]] && expected=1
code=0
"$bin/chancery-play" "$scenario" --out "$out" "$@" >"$out.txt" 2>"$out.log" || code=$?
if ((code != expected)); then
  cat "$out.log" "$out.txt" >&2
  fail "exit code $code, expected $expected"
fi

# docs/scenarios.md, "What is left": the anchor, every party's evidence, and nothing of the inputs.
[[ -s $out/anchor ]] || fail "no anchor"
[[ ! -e $out/inputs ]] || fail "the inputs, which hold particulars, are still there"
for party in ministry $(sed -n 's/^states: //p' "$scenario"); do
  [[ -s $out/$party/evidence/checkpoint ]] || fail "no evidence of $party"
  "$bin/chancery-audit" verify "$out/$party/evidence" --anchor "$out/anchor" >/dev/null || fail "$party does not verify"
done

# security.md, section 4: no program leaves a core file.
cores=$(find "$out" -name 'core*' -type f | head -n 1)
[[ -z $cores ]] || fail "a core file: $cores"

# The sums of a play with kills are those of one without.
if [[ " $* " == *" --kills "* ]]; then
  grep -q '^49 applied, 20 confirmed, 19 flown, 19 admitted, 30 stayed, 0 refused on arrival$' "$out.txt" ||
    fail "other sums than without kills"
  kills=$(sed -n 's/^\([0-9]*\) kills survived$/\1/p' "$out.txt")
  ((${kills:-0} >= 10)) || fail "only ${kills:-0} kills"
fi

# Persons go by their id: no name of the scenario is in what was printed, logged or left behind.
names=$(sed -n 's/^  \(name\|father_name\|passport_number\|birth_date\|cnic\) *//p' "$scenario" | grep -v '^unknown to sender$' || true)
while IFS= read -r value; do
  [[ -n $value ]] || continue
  found=$(grep -rlaF -- "$value" "$out" "$out.txt" "$out.log" | head -n 1 || true)
  [[ -z $found ]] || fail "an invented person's particulars are in $found"
done <<<"$names"
