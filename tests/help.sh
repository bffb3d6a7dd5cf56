#!/usr/bin/env bash
# Compares spectradb_help with what exists. Each function and table that the module registers has an entry,
# except those that only rewritten statements call. The reference, which is docs/sql.md and the other pages
# whose examples are run, names everything that has an entry, and nothing else; its grammars have no word
# that no usage has. All examples run, in their order, on an empty database. usage: help.sh MODULE
set -euo pipefail
module=$(realpath "$1")
module=${module%.so}
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/docs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"  # the examples write here
grep -lZ '`sql` blocks\? below \(is\|are\) run by' "$folder"/*.md | xargs -0 cat >reference

shell() {
  env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} \
    sqlite3 -batch -bail -init /dev/null "$1" -cmd ".load '$module'"
}

shell :memory: >help.json <<'SQL'
.mode json
SELECT name, kind, usage, summary, example FROM spectradb_help;
SQL
shell :memory: >registered <<'SQL'
SELECT DISTINCT name FROM pragma_function_list WHERE name LIKE 'spectradb%' UNION
SELECT name FROM pragma_module_list WHERE name LIKE 'spectradb%' AND name NOT LIKE 'spectradb_in_schema_%';
SQL

# Rewritten statements call these, and nobody writes them.
internal="spectradb spectradb_annotations spectradb_as_commit spectradb_as_timestamp spectradb_count spectradb_format spectradb_lend spectradb_lent spectradb_pack
  spectradb_period spectradb_raise spectradb_range spectradb_returned spectradb_time spectradb_transaction
  spectradb_upsert spectradb_write"
# The reference also writes the C interface, these prefixes, and temporal tables that functions make.
elsewhere="spectradb_spaces spectradb_later_notes spectradb_hold_acts spectradb_prepare_v2 spectradb_prepare_v3 spectradb_exec spectradb_on_commit"

python3 - reference "$internal" "$elsewhere" <<'PYTHON'
import json, re, sys
docs, internal, elsewhere = open(sys.argv[1]).read(), set(sys.argv[2].split()), set(sys.argv[3].split())
help = json.load(open("help.json"))
# Some names that only rewritten statements have end in a number that a schema cannot know in advance.
registered = {re.sub(r"_\d{5,}$", "", name) for name in open("registered").read().split()}
problems = []
for row in help:
    for column, text in row.items():
        if not text.strip(): problems.append(f"{row['name']}: no {column}")
    if not row["summary"].endswith("."): problems.append(f"{row['name']}: the summary is no sentence")
    if not row["example"].endswith(";"): problems.append(f"{row['name']}: the example is no statement")
named = [(row["name"].lower(), row["kind"]) for row in help]
for twice in sorted({name for name in named if named.count(name) > 1}): problems.append(f"{twice[0]}: two entries")

# Compares what is registered, what has an entry, and what is internal.
code = {row["name"] for row in help if row["kind"] in ("function", "aggregate", "table")}
for name in sorted(registered - code - internal): problems.append(f"{name}: no entry in the help of its facet")
for name in sorted(code - registered): problems.append(f"{name}: an entry, but nothing of that name")
for name in sorted(code & internal): problems.append(f"{name}: an entry, but internal")
for name in sorted(internal - registered): problems.append(f"{name}: called internal, but nothing of that name")

# Compares the reference with both, in both directions.
in_docs = set(re.findall(r"(?<![\w_])spectradb_[a-z_0-9]+\b", docs)) - elsewhere
for name in sorted(code - in_docs): problems.append(f"{name}: not in the reference")
for name in sorted(in_docs - code): problems.append(f"{name}: in the reference, without an entry")
squeezed = " ".join(docs.split())
words_of_docs = set(re.findall(r"[A-Za-z_]+", docs))
for row in help:
    if row["kind"] in ("table option", "hidden column") and row["name"] not in words_of_docs:
        problems.append(f"{row['name']}: not in the reference")
    if row["kind"] in ("clause", "statement"):
        for word in re.findall(r"\b[A-Z_]{2,}\b", row["usage"]):
            if word not in words_of_docs: problems.append(f"{row['name']}: {word} is not in the reference")

usages = set(re.findall(r"\b[A-Z_]{2,}\b", " ".join(row["usage"] for row in help)))
grammars = [block for kind, block in re.findall(r"^```([a-z ]*)\n(.*?)^```", docs, re.S | re.M) if "::=" in block]
if len(grammars) < 6: problems.append(f"only {len(grammars)} grammars in the reference")
for word in sorted({word for block in grammars for word in re.findall(r"\b[A-Z_]{2,}\b", block)} - usages):
    problems.append(f"{word}: in a grammar of the reference, in no usage")
option_names = {name for block in grammars for name in re.findall(r"^(?:option +::=| +\|) (\w+) = ", block, re.M)}
options = {row["name"] for row in help if row["kind"] == "table option"}
if option_names != options: problems.append(f"table options: {sorted(options)}, in the reference {sorted(option_names)}")
for problem in problems: print(problem, file=sys.stderr)
with open("examples.sql", "w") as script:
    for row in help: script.write(row["example"] + "\n")
if problems: sys.exit(1)
print(f"{len(help)} entries, {len(code)} functions and tables, {len(options)} options")
PYTHON

shell my.db <examples.sql >output || { echo "an example fails (its line in the list is shown above)" >&2; exit 1; }
# Each name has a page of its own.
shell my.db >pages <<'SQL'
SELECT count(*) FROM spectradb_help WHERE instr(spectradb_help(name), example) = 0 OR instr(spectradb_help(name), usage) = 0;
SQL
[ "$(cat pages)" = 0 ] || { echo "$(cat pages) entries are not on the page of their name" >&2; exit 1; }
echo "ran $(wc -l <examples.sql) examples"
