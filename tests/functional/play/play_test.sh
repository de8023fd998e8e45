#!/usr/bin/env bash
# Plays one scenario at both depths, holds the programs to the core's rulings, act by act, and looks at what is left behind.
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

# play NAME ARGUMENTS: leaves NAME.json and NAME.log
play() {
  local name=$1 code=0
  shift
  "$bin/chancery-play" "$scenario" --json "$@" >"$name.json" 2>"$name.log" || code=$?
  ((code == expected)) && return
  cat "$name.log" >&2
  fail "exit code $code of the play in $name.json, expected $expected"
}
play "$out.core" --core
play "$out" --out "$out" "$@"

# docs/scenarios.md: every scenario ends the same at both depths: each act's ruling, each person, the sums.
python3 - "$out.core.json" "$out.json" "$*" <<'EOF' || fail "the depths differ"
import json, sys
core, programs = (json.load(open(path)) for path in sys.argv[1:3])
kills = '--kills' in sys.argv[3]  # then an answer may be lost with the program that gave it; the sums tell what became of it
if core['acts'] == [] or len(core['acts']) != len(programs['acts']):
    sys.exit(f"{len(core['acts'])} acts in the core, {len(programs['acts'])} with programs")
for field in ('acts', 'persons'):
    for one, other in zip(core[field], programs[field]):
        if one != other and not (kills and other.get('ruling') == ''):
            sys.exit(f'core {one}, programs {other}')
for field in ('sums', 'unmet'):
    if core[field] != programs[field]:
        sys.exit(f'core {core[field]}, programs {programs[field]}')
EOF

# docs/scenarios.md, "What is left": the anchor, every party's evidence, and nothing of the inputs.
[[ -s $out/anchor ]] || fail "no anchor"
[[ ! -e $out/inputs ]] || fail "the inputs, which hold particulars, are still there"
read -ra states < <(sed -n 's/^states: //p' "$scenario")
folders=("$out/ministry/evidence")
for party in "${states[@]}"; do folders+=("$out/$party/evidence" "$out/$party/slice"); done
for folder in "${folders[@]}"; do [[ -s $folder/checkpoint ]] || fail "nothing in $folder"; done
"$bin/chancery-audit" verify "${folders[@]}" --anchor "$out/anchor" >"$out.verdicts" ||
  fail "not every party's evidence verifies: $(grep WRONG "$out.verdicts")"

# docs/audit-guide.md, "A slice": the ministry makes the same bytes as the state that fetched its slice. A cosignature may have
# been renewed since, and a head cosigned once more.
for party in "${states[@]}"; do
  rm -rf "$out.slice"
  "$bin/chancery-ministry" evidence slice --for "$party" --out "$out.slice" --config "$out/ministry/ministry.toml" >/dev/null ||
    fail "the ministry makes no slice of $party"
  [[ -s $out/$party/slice/cosigned-heads ]] || fail "the slice of $party does not say which heads were cosigned"
  diff -r -x checkpoint -x cosigned-heads "$out.slice" "$out/$party/slice" >&2 || fail "the two slices of $party differ"
done
rm -rf "$out.slice"

# docs/audit-guide.md, "Two books": honest parties' books agree.
for party in "${states[@]}"; do
  "$bin/chancery-audit" reconcile "$out/ministry/evidence" "$out/$party/evidence" --anchor "$out/anchor" >&2 ||
    fail "the books of the ministry and of $party differ"
done

# security.md, section 4: no program leaves a core file.
cores=$(find "$out" -name 'core*' -type f | head -n 1)
[[ -z $cores ]] || fail "a core file: $cores"

if [[ " $* " == *" --kills "* ]]; then
  kills=$(sed -n 's/^  "kills": \([0-9]*\),\{0,1\}$/\1/p' "$out.json")
  ((${kills:-0} >= 10)) || fail "only ${kills:-0} kills"
fi

# Persons go by their id: no name of the scenario is in what was printed, logged or left behind.
names=$(sed -n 's/^  \(name\|father_name\|passport_number\|birth_date\|cnic\) *//p' "$scenario" | grep -v '^unknown to sender$' || true)
while IFS= read -r value; do
  [[ -n $value ]] || continue
  found=$(grep -rlaF -- "$value" "$out" "$out.json" "$out.log" | head -n 1 || true)
  [[ -z $found ]] || fail "an invented person's particulars are in $found"
done <<<"$names"
