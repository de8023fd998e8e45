#!/usr/bin/env bash
# README.md, "Two commands": what it shows of the audit runs as it is shown, on the evidence of a play.
#
#   readme_test.sh BIN DEMO     BIN stands for build/release/bin, DEMO for build/demo
set -euo pipefail
bin=$1 demo=$2
readme=$(dirname "${BASH_SOURCE[0]}")/../../../README.md
[[ -s $demo/anchor ]] || { echo "no play in $demo" >&2; exit 1; }
rm -rf "$demo"/entry-*
ran=0
while IFS= read -r line; do
  line=${line//build\/release\/bin\//$bin/}
  line=${line//build\/demo/$demo}
  echo "$line"
  bash -euo pipefail -c "$line" >/dev/null
  ran=$((ran + 1))
done < <(grep '^build/release/bin/' "$readme")
((ran >= 3)) || { echo "README.md shows only $ran commands" >&2; exit 1; }
# What the extract's own README tells to do with openssl.
extract=$(echo "$demo"/entry-*)
command=$(grep -m 1 '^ *openssl cms -verify' "$extract/README.txt")
(cd "$extract" && bash -c "$command")
rm -rf "$demo"/entry-*
