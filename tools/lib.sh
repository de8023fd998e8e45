# shellcheck shell=bash
# What the scripts of tools/ share. Source it; it moves to the root of the project.
#
#   say TEXT...            a step, on stderr          fail CODE TEXT...     an error with its remedy, then exit
#   need COMMAND PACKAGE   exit 5 when it is missing  have COMMAND          yes or no
#   install_packages SET.. Debian packages of the sets build, test, check that are missing, installed
#   configure PRESET       configures build/PRESET    build PRESET [TARGET...]

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Sourced by several scripts; not every one uses it.
# shellcheck disable=SC2034
ROOT=$PWD

if [[ -t 2 && -z ${NO_COLOR:-} ]]; then
  BOLD=$'\e[1m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
  BOLD='' RED='' PLAIN=''
fi

say() { printf '%s%s%s\n' "$BOLD" "$*" "$PLAIN" >&2; }
fail() {
  local code=$1
  shift
  printf '%serror:%s %s\n' "$RED" "$PLAIN" "$*" >&2
  exit "$code"
}
have() { command -v "$1" >/dev/null 2>&1; }
need() { have "$1" || fail 5 "$1 is missing: apt-get install $2"; }

# The programs that a play with real programs runs.
# shellcheck disable=SC2034
PLAYED=(chancery-play chancery-ministry chancery-state chancery-registry-sim chancery-audit chancery-audit-watch
  chancery-procedure)

# Debian 12 packages, by what they are for.
packages_of() {
  case $1 in
    build) echo "g++ cmake ninja-build pkg-config ccache lld libabsl-dev libcli11-dev libgrpc++-dev libprotobuf-dev" \
      "libmicrohttpd-dev libsqlite3-dev libspdlog-dev libfmt-dev libssl-dev libtomlplusplus-dev nlohmann-json3-dev" \
      "protobuf-compiler protobuf-compiler-grpc openssl" ;;
    test) echo "libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev python3 binutils" \
      "golang-go golang-golang-x-mod-dev" ;;
    check) echo "clang-format clang-tidy-16 shellcheck codespell python3 git" ;;
    *) fail 2 "packages_of: unknown set '$1'" ;;
  esac
}

install_packages() {
  local missing=() package set
  for set in "$@"; do
    for package in $(packages_of "$set"); do
      dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -q '^installed' || missing+=("$package")
    done
  done
  ((${#missing[@]} == 0)) && return 0
  have apt-get || fail 5 "missing packages: ${missing[*]} (this machine has no apt-get)"
  local as_root=()
  if ((EUID != 0)); then
    have sudo || fail 5 "missing packages, and neither root nor sudo to install them: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing ${missing[*]}"
  "${as_root[@]}" apt-get update -q >&2
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
}

configure() {
  local log
  log=$(mktemp)
  if ! cmake --preset "$1" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    fail 1 "configuring build/$1 failed (above)"
  fi
  rm -f "$log"
}

build() {
  local preset=$1
  shift
  configure "$preset"
  if (($# > 0)); then
    cmake --build --preset "$preset" --target "$@" >&2
  else
    cmake --build --preset "$preset" >&2
  fi
}
