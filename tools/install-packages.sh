#!/usr/bin/env bash
# Installs the Debian packages that building needs, and those given as arguments; only what is missing. Says nothing when
# nothing is. Asks first; with --yes, in continuous integration (CI is set) and where no terminal is there to answer it does
# not. With --module alone what the module itself needs, else what the tests need, too.
# usage: install-packages.sh [--yes] [--module] [package …]
set -euo pipefail

packages=(g++ cmake ninja-build sqlite3 libsqlite3-dev libzstd-dev zlib1g-dev libxxhash-dev rapidjson-dev libssl-dev libmbedtls-dev)
tests=(git python3 doctest-dev binutils)
yes=${CI:+yes}
if [ ! -t 0 ]; then yes=yes; fi
for argument in "$@"; do
  case $argument in
    --yes) yes=yes ;;
    --module) tests=() ;;
    *) packages+=("$argument") ;;
  esac
done
packages+=("${tests[@]}")

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "This is no Debian-like system; please install the equivalents of: ${packages[*]}" >&2
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  if [ "$status" != installed ]; then missing+=("$package"); fi
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Missing packages: ${missing[*]}" >&2
    echo "Please install them as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

if [ -z "$yes" ]; then
  read -r -p "Missing packages: ${missing[*]}. Install them with ${as_root[*]}${as_root:+ }apt-get? [y/N] " answer
  case $answer in
    [yY] | [yY][eE][sS]) ;;
    *)
      echo "Nothing was installed. To go on: apt-get install ${missing[*]}" >&2
      exit 1
      ;;
  esac
fi

echo "Installing ${missing[*]}"
install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes
  --no-install-recommends "${missing[@]}")
if ! "${install[@]}" >/dev/null; then
  # The package lists may be old or absent.
  "${as_root[@]}" apt-get update --quiet --quiet
  "${install[@]}" >/dev/null
fi
