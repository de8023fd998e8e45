#!/usr/bin/env bash
# docs/decisions/0004: a procedure binds its scenarios by the digests in scenarios.sha256, every one of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../agreements"
status=0
while IFS= read -r folder; do
  if ! (cd "$folder" && LC_ALL=C sha256sum scenarios/*.scenario | diff - scenarios.sha256); then
    echo "$folder: scenarios.sha256 is not what its scenarios give; run tools/check --fix" >&2
    status=1
  fi
done < <(find . -type d -name scenarios -printf '%h\n' | sort)
exit "$status"
