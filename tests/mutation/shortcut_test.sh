#!/usr/bin/env bash
# docs/mutation.md, "What is changed": stories in which nothing is ruled otherwise are not played, and that changes no fate.
#   shortcut_test.sh PROGRAM FOLDER     FOLDER is written anew
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=$1 work=$2
rm -rf "$work"
mkdir -p "$work"
# A few stories with many acts, so that much is left out; and few of them, so that much survives.
stories=(tests/scenarios/core/what-acts-lack.scenario tests/scenarios/core/what-is-received.scenario
  agreements/eu-pakistan/2016/scenarios/hold-ends.scenario agreements/eu-pakistan/2016/scenarios/transit.scenario)
sample=(--sample 100 --seed 7 --jobs 1)
"$program" "${sample[@]}" "${stories[@]}" >"$work/short"
"$program" "${sample[@]}" --whole "${stories[@]}" >"$work/whole"
# The fate and the name; by what it is told may be another story of those that tell it.
diff <(cut -f1,3 "$work/short") <(cut -f1,3 "$work/whole")
# Both sorts are in the sample, or nothing was compared.
for fate in expectation survived; do
  grep -q "^$fate" "$work/short" || { echo "no mutant of the sample came to '$fate'" >&2 && exit 1; }
done
