#!/usr/bin/env bash
# Builds the stranger's verifier with Debian's Go and x/mod, without any network.
#
#   build_stranger.sh OUT CACHE
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/stranger
out=$1 cache=$2
modules=/usr/share/gocode
command -v go >/dev/null || { echo "go is missing: apt-get install golang-go" >&2; exit 1; }
[[ -d $modules/src/golang.org/x/mod ]] || { echo "x/mod is missing: apt-get install golang-golang-x-mod-dev" >&2; exit 1; }
mkdir -p "$(dirname "$out")" "$cache"
export GO111MODULE=off GOPATH=$modules GOFLAGS='' GOPROXY=off GOCACHE=$cache
unformatted=$(gofmt -l "$source")
[[ -z $unformatted ]] || { echo "not formatted by gofmt: $unformatted" >&2; exit 1; }
go vet "$source"/*.go
go build -o "$out" "$source"/*.go
