#!/usr/bin/env bash
# Checks that each grammar of docs/format.md is word for word in the source that the heading above it names,
# and that each grammar in the comments of lsm/ and temporal/ is in docs/format.md. Also checks that no
# formatter has broken a comment of the public header: each line of one begins as it should. usage:
# grammars.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each block that is a grammar becomes a file, whose first line names the source.
awk -v work="$work" '
  /^#/ { source = match($0, /`[a-z_\/]+\.(h|cc)`/) ? substr($0, RSTART + 1, RLENGTH - 2) : "" }
  /^```/ { if (inside && block ~ /:=/) printf "%s\n%s", source, block >sprintf("%s/%03d", work, ++count)
           inside = !inside; block = ""; next }
  inside { block = block $0 "\n" }' docs/format.md

status=0
count=0
for file in "$work"/*; do
  source=$(head -n 1 "$file")
  grammar=$(tail -n +2 "$file")
  count=$((count + 1))
  if [ ! -f "$source" ]; then
    echo "docs/format.md: no heading names the source of the grammar: ${grammar%%$'\n'*}" >&2
    status=1
  elif ! text=$(sed -n 's#^//   ##p' "$source") || [[ $text != *"$grammar"* ]]; then
    echo "$source: its comments have not the grammar of docs/format.md:" >&2
    diff <(printf '%s\n' "$text") <(printf '%s\n' "$grammar") | grep '^[<>]' >&2 || true
    status=1
  fi
done
[ "$count" -ge 9 ] || { echo "found only $count grammars in docs/format.md" >&2; status=1; }

tr -s ' ' <docs/format.md >"$work/format"
while IFS= read -r line; do
  if ! grep -qF -- "$line" "$work/format"; then echo "not in docs/format.md: $line" >&2; status=1; fi
done < <(grep -rhE --include='*.h' --include='*.cc' '^// +[a-z_()]+ +:= ' lsm temporal | sed 's#^// *##' | tr -s ' ')

if awk '/^\/\*/ { comment = 1 } comment && !/^(\/\*|\*\*|\*\/)/ { print FILENAME ": " FNR ": " $0; bad = 1 }
        /\*\/$/ { comment = 0 } END { exit !bad }' extension/spectradb.h >&2; then status=1; fi

[ "$status" -ne 0 ] || echo "$count grammars stand in their sources"
exit "$status"
