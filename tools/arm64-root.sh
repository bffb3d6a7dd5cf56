#!/usr/bin/env bash
# Unpacks what an arm64 build of the project links and runs with into a directory: tools/arm64-root.sh DIRECTORY. The packages
# come from the system's own sources, through lists of their own: what is installed stays as it is, and no root is needed.
# Says nothing where the directory is complete.
set -euo pipefail
root=$(realpath -m "$1")
packages=(libc6 libgcc-s1 libstdc++6 libsqlite3-0 libsqlite3-dev libzstd-dev libssl-dev libmbedtls-dev sqlite3 zlib1g libreadline8 libtinfo6)

if [ -e "$root/.complete" ] && [ "$(cat "$root/.complete")" = "${packages[*]}" ]; then exit 0; fi
echo "Fetching ${#packages[@]} packages for arm64"
rm -rf "$root"
mkdir -p "$root/.apt/state/lists/partial" "$root/.apt/cache/archives/partial" "$root/.apt/packages"
touch "$root/.apt/status"
options=(-o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o "Dir::State=$root/.apt/state"
  -o "Dir::State::status=$root/.apt/status" -o "Dir::Cache=$root/.apt/cache" -o Debug::NoLocking=1
  -o APT::Sandbox::User=root -o Acquire::Languages=none)
apt-get "${options[@]}" --quiet --quiet update
(cd "$root/.apt/packages" && apt-get "${options[@]}" --quiet --quiet download "${packages[@]}")
for package in "$root"/.apt/packages/*.deb; do dpkg-deb --extract "$package" "$root"; done
rm -rf "$root/.apt"
echo "${packages[*]}" >"$root/.complete"
