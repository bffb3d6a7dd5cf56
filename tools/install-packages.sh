#!/usr/bin/env bash
# Installs the Debian packages that building and testing need, and those given as arguments; only what is missing. Says
# nothing when nothing is.
set -euo pipefail

packages=(g++ cmake ninja-build git python3 sqlite3 libsqlite3-dev libzstd-dev libxxhash-dev rapidjson-dev doctest-dev "$@")

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

echo "Installing ${missing[*]}"
install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes
  --no-install-recommends "${missing[@]}")
if ! "${install[@]}" >/dev/null; then
  # The package lists may be old or absent.
  "${as_root[@]}" apt-get update --quiet --quiet
  "${install[@]}" >/dev/null
fi
