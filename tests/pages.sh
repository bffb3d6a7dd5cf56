#!/usr/bin/env bash
# Checks that the pages for people who read the code name only what exists: every file that they link to,
# every path in backticks, and every function or member `Class::name`. usage: pages.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python3 - <<'PYTHON'
import glob, os, re, sys

pages = ["README.md", "CONTRIBUTING.md"] + sorted(glob.glob("docs/*.md") + glob.glob("docs/internals/*.md"))
inside = [page for page in pages if page in ("CONTRIBUTING.md", "docs/architecture.md", "docs/glossary.md")
          or page.startswith("docs/internals/")]
rooms = ("base/", "lsm/", "temporal/", "sql/", "extension/", "tests/", "tools/", "fuzz/", "bench/", "demo/", "docs/", "examples/")
sources = {}
for room in ("base", "lsm", "temporal", "sql", "extension"):
    for folder, _, names in os.walk(room):
        for name in names:
            if name.endswith((".cc", ".h")):
                sources[os.path.join(folder, name)] = open(os.path.join(folder, name)).read()
text = "\n".join(sources.values())

problems, links, paths, names = [], 0, 0, 0
for page in pages:
    prose = re.sub(r"^```.*?^```", "", open(page).read(), flags=re.S | re.M)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose):
        if "://" in target: continue
        links += 1
        if not os.path.exists(os.path.join(os.path.dirname(page), target)):
            problems.append(f"{page}: there is no {target}")
    if page not in inside: continue
    for code in re.findall(r"`([^`\n]+)`", prose):
        if code.startswith(rooms) and re.fullmatch(r"[\w./-]+", code) and "NAME" not in code:
            paths += 1
            if not os.path.exists(code): problems.append(f"{page}: there is no file {code}")
        elif re.fullmatch(r"(\w+::)+\w+", code):
            names += 1
            owner, name = code.split("::")[-2:]
            # It may be defined with the class's name in front, or declared in a file that has the class.
            defined = re.search(rf"\b{owner}::{name}\b", text)
            declared = any(re.search(rf"\b(class|struct|namespace)\b[^;]*\b{owner}\b", source) and
                           re.search(rf"\b{name}\b", source) for source in sources.values())
            if not (defined or declared): problems.append(f"{page}: nothing in the sources is {code}")
        elif re.fullmatch(r"[a-z_]+_[a-z_]+", code) and "docs/architecture.md" == page:
            names += 1
            if not re.search(rf"\b{code}\b", text): problems.append(f"{page}: nothing in the sources is {code}")
for problem in problems: print(problem, file=sys.stderr)
print(f"{links} links, {paths} paths and {names} names are there" if not problems else f"{len(problems)} problems")
sys.exit(1 if problems or links < 20 or paths < 60 or names < 40 else 0)
PYTHON
