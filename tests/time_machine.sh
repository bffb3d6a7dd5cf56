#!/usr/bin/env bash
# Makes a small repository with everything that a history can hold (renames, deletions, modes, links, odd
# names, a merge, an empty commit) and lets the time machine prove it: time_machine.sh RUN_SCRIPT MODULE.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a
export GIT_COMMITTER_EMAIL=a@example.org
cd "$work"
git init --quiet --initial-branch=main repository
cd repository

commit() { git add --all && git commit --quiet --message "$1"; }
mkdir -p a/b && echo one >a/b/one && echo two >"two words" && echo q >"it's" && commit "first"
echo umlaut >ü && printf 'tab' >$'with\ttab' && echo quote >'with"quote' && commit "odd names"
chmod +x a/b/one && ln -s a/b/one link && commit "modes"
git mv a/b/one a/moved && commit "rename"
git commit --quiet --allow-empty --message "empty"
git checkout --quiet -b side && echo side >side && commit "on the side"
git checkout --quiet main && echo more >>"two words" && commit "on main"
git merge --quiet --no-edit side
rm "it's" && rm link && mkdir link && echo now >link/a-directory && commit "delete, and a file becomes a directory"
echo back >"it's" && commit "back again"
for i in $(seq 1 15); do echo "$i" >counter && commit "count $i"; done

"$1" "$work/repository" "$2" | tee "$work/output"
# The line of first parents has 24 commits, and each file list is equal.
grep -Eq '│ +24 +│ +23 +│.*│ +24 +│ +24 +│' "$work/output"
