#!/usr/bin/env bash
# What is found of the procedures before the plays sign them is kept once for all plays, and what is found broken is told in
# stories that play (docs/checker.md).
#
#   proof_test.sh BIN AGREEMENTS VERDICTS STORIES BROKEN...
#
# VERDICTS keeps the verdicts. STORIES gets a scenario for each property in BROKEN, which are those of 2010 that are broken.
set -euo pipefail
bin=$1 agreements=$2 verdicts=$3 stories=$4
shift 4

fail() {
  echo "proof_test: $*" >&2
  exit 1
}

# Docs: 0 when everything holds, 1 when something is broken, named or not.
"$bin/chancery-procedure" check "$agreements/eu-pakistan/2016" --verdict "$verdicts/eu-pakistan-2016.json" --kept
rm -rf "$stories"
code=0
"$bin/chancery-procedure" check "$agreements/eu-pakistan/2010" --verdict "$verdicts/eu-pakistan-2010.json" --stories "$stories" || code=$?
((code == 1)) || fail "2010 was checked with exit code $code, not 1"

# A kept verdict is of the very bytes and the very program: it is used, and gives the same answer.
before=$(stat -c '%i %Y' "$verdicts/eu-pakistan-2010.json")
code=0
"$bin/chancery-procedure" check "$agreements/eu-pakistan/2010" --verdict "$verdicts/eu-pakistan-2010.json" --kept || code=$?
((code == 1)) || fail "the kept verdict on 2010 gave exit code $code, not 1"
[[ $(stat -c '%i %Y' "$verdicts/eu-pakistan-2010.json") == "$before" ]] || fail "a verdict that could be relied on was made again"

written=$(cd "$stories" && printf '%s\n' ./*.scenario | sed 's|^\./||; s|\.scenario$||' | sort -V | tr '\n' ' ')
[[ $written == "$* " ]] || fail "stories of ${written}were written, not of $*"
for property in "$@"; do
  "$bin/chancery-play" "$stories/$property.scenario" --core --agreements "$agreements" --quiet || fail "the story of $property does not play"
done
