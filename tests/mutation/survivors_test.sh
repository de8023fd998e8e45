#!/usr/bin/env bash
# Issue 3: survivors are listed. The comparison of tools/mutate fails when one is not, when one of the list is told now, when a
# list says nothing why, and when a mutant of the list is gone; and only then.
#   survivors_test.sh FOLDER     FOLDER is written anew
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$1
rm -rf "$work"
mkdir -p "$work/built" "$work/list"

# A program that "tries" what lies beside it, so that tools/mutate itself is asked.
cat >"$work/built/mutate-rules" <<EOT
#!/usr/bin/env bash
cat "$work/results"
EOT
chmod +x "$work/built/mutate-rules"
printf 'expectation\ta.scenario:3\tone | told\nsurvived\t\ttwo | stays\ncrash\tAborted\tthree | ends\ncheck\tlimit != nullptr in a\tfive | checks\n' >"$work/results"
printf 'reason\tsame\tequivalent\tnothing reads it\nsurvived\tsame\ttwo | stays\ncrash\tsame\tthree | ends\ncheck\tsame\tfive | checks\n' >"$work/good"

# ask CODE WORDS [ARGUMENT...]: what tools/mutate ends with, and what it says
ask() {
  local code=$1 words=$2 got=0
  shift 2
  tools/mutate --rules --built "$work/built" --list "$work/list" --out "$work/out" "$@" >"$work/said" 2>&1 || got=$?
  if ((got != code)) || ! grep -q -- "$words" "$work/said"; then
    echo "expected exit code $code and '$words', got $got and:" >&2
    cat "$work/said" >&2
    exit 1
  fi
}
list=$work/list/survivors-rules.tsv

cp "$work/good" "$list"
ask 0 '4 mutants: 1 expectation, 1 check, 1 crash, 1 survived'
sed 's/\t/  /g' "$work/good" >"$list" # as it is kept
ask 0 '4 mutants: 1 expectation, 1 check, 1 crash, 1 survived'
grep -v 'two' "$work/good" >"$list"
ask 1 'two | stays: survived, and is not listed. Remedy:'
ask 1 'two | stays: survived, and is not listed. Remedy:' --sample 3
grep -v 'three' "$work/good" >"$list"
ask 1 'three | ends: crash, Aborted, and is not listed. Remedy:'
ask 0 '4 mutants' --sample 3
# A check of ours is not a crash, in whole runs; in another preset it may be.
sed 's/^check/crash/' "$work/good" >"$list"
ask 1 'five | checks: is listed as crash, and came to check. Remedy:'
ask 0 '4 mutants' --sample 3
{ cat "$work/good"; printf 'survived\tsame\tone | told\n'; } >"$list"
ask 1 'one | told: is listed as survived, and is told now: expectation, a.scenario:3. Remedy:'
{ cat "$work/good"; printf 'survived\tsame\tfour | gone\n'; } >"$list"
ask 1 'four | gone: is listed, and there is no such mutant. Remedy:'
ask 0 '4 mutants' --sample 3
# A property tells what no scenario does: it survives where nothing is explored, and nowhere else.
sed 's/^survived/property/' "$work/good" >"$list"
ask 0 '4 mutants'
ask 1 'two | stays: is listed as property, and came to survived. Remedy:' --situations 10
# A list that says nothing why is no list.
sed 's/^survived\tsame/survived\tno_reason/' "$work/good" >"$list"
ask 1 "the reason 'no_reason' is not given above"
rm "$list"
ask 6 'is not there: nothing is compared'
ask 2 'unknown argument' --guess
