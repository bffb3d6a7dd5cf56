#!/usr/bin/env bash
# Checks that the pages name only what exists: every file that they link to and every path in backticks, and,
# in the pages for people who read the code, every function or member `Class::name`. Comments in the sources
# must name only files that exist, too. usage: pages.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python3 - <<'PYTHON'
import glob, os, re, sys

pages = ["README.md", "CONTRIBUTING.md"] + sorted(glob.glob("docs/*.md") + glob.glob("docs/internals/*.md"))
inside = [page for page in pages if page in ("CONTRIBUTING.md", "docs/architecture.md", "docs/glossary.md")
          or page.startswith("docs/internals/")]
rooms = ("base", "lsm", "temporal", "sql", "extension", "tests", "tools", "fuzz", "bench", "demo", "docs", "examples", "packages")
placeholders = {"extension/facets/NAME/facet.cc", "extension/facets/hello/facet.cc"}
sources = {}
for room in rooms:
    for folder, _, names in os.walk(room):
        for name in names:
            if name.endswith((".cc", ".h")):
                sources[os.path.join(folder, name)] = open(os.path.join(folder, name)).read()
code_rooms = ("base/", "lsm/", "temporal/", "sql/", "extension/")
code = {path: text for path, text in sources.items() if path.startswith(code_rooms)}
words = {path: set(re.findall(r"\w+", text)) for path, text in code.items()}
all_words = set().union(*words.values())
pairs = {pair for text in code.values() for pair in re.findall(r"(?=\b(\w+::\w+))", text)}
owners = {}  # the files that declare a class or a namespace
for path, text in code.items():
    for head in re.findall(r"\b(?:class|struct|namespace)\b([^;{]*)", text):
        for owner in re.findall(r"\w+", head): owners.setdefault(owner, set()).add(path)

problems, links, paths, names, comments = [], 0, 0, 0, 0
for page in pages:
    prose = re.sub(r"^```.*?^```", "", open(page).read(), flags=re.S | re.M)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose):
        if "://" in target: continue
        links += 1
        if not os.path.exists(os.path.join(os.path.dirname(page), target)):
            problems.append(f"{page}: there is no {target}")
    for quoted in re.findall(r"`([^`\n]+)`", prose):
        if quoted.startswith(tuple(room + "/" for room in rooms)) and re.fullmatch(r"[\w./-]+", quoted) and "NAME" not in quoted:
            paths += 1
            if not os.path.exists(quoted): problems.append(f"{page}: there is no file {quoted}")
        if page not in inside: continue
        name = quoted.removesuffix("()")
        if re.fullmatch(r"(\w+::)+\w+", name):
            names += 1
            owner, member = name.split("::")[-2:]
            # It may be defined with the class's name in front, or declared in a file that has the class.
            declared = any(member in words[path] for path in owners.get(owner, ()))
            if not (f"{owner}::{member}" in pairs or declared): problems.append(f"{page}: nothing in the sources is {quoted}")
        elif re.fullmatch(r"[a-z_]+_[a-z_]+", name) and ("docs/architecture.md" == page or name != quoted):
            if name.startswith("spectradb_") or name == "total_changes": continue  # functions of SQL
            names += 1
            if name not in all_words: problems.append(f"{page}: nothing in the sources is {quoted}")
for source, text in sources.items():
    for comment in re.findall(r"//(.*)", text):
        for path in re.findall(rf"(?<![\w/.<>$}}-])(?:{'|'.join(rooms)})/[\w./-]*\w\.(?:cc|h|md|test|sh|py)\b", comment):
            comments += 1
            if path not in placeholders and not os.path.exists(path): problems.append(f"{source}: there is no file {path}")
for problem in problems: print(problem, file=sys.stderr)
print(f"{links} links, {paths} paths, {names} names and {comments} paths in comments are there" if not problems else f"{len(problems)} problems")
sys.exit(1 if problems or links < 20 or paths < 60 or names < 40 or comments < 60 else 0)
PYTHON
