#!/usr/bin/env python3
"""Lays out the site's pages as the generator wants them: the README and the pages of docs/, packages/ and demo/ where they are,
and a page for each file that they link to, which shows it. usage: stage.py ROOT OUTPUT
"""
import glob
import json
import os
import re
import shutil
import sys

root, output = sys.argv[1:]
os.chdir(root)

LANGUAGES = {".c": "c", ".cc": "cpp", ".h": "cpp", ".py": "python", ".cjs": "js", ".mjs": "js", ".sh": "bash", ".rb": "ruby", ".pl": "perl",
             ".tcl": "tcl", ".R": "r", ".php": "php", ".java": "java", ".go": "go", ".rs": "rust", ".sql": "sql", ".json": "json"}
HOSTS = {"shell.sh": "sqlite3 shell", "c.c": "C", "cpp.cc": "C++", "static.c": "C, SQLite compiled in", "python.py": "Python", "apsw_example.py": "APSW",
         "unhooked.py": "Without the hook", "node_sqlite.cjs": "Node", "node.cjs": "Node, better-sqlite3", "bun.mjs": "Bun", "deno.mjs": "Deno",
         "php.php": "PHP", "ruby.rb": "Ruby", "perl.pl": "Perl", "tcl.tcl": "Tcl", "r.R": "R", "jdbc.java": "Java", "go.go": "Go", "rust.rs": "Rust",
         "odbc.py": "ODBC", "qt.cc": "Qt"}
# These come first among the pages for users, and the others follow by name.
FIRST = ["docs/tour.md", "docs/sql.md", "docs/hosts.md"]
ABOUT = ["docs/reliability.md", "docs/perf.md", "docs/compare.md", "docs/benchmarks.md", "docs/versions.md", "CHANGELOG.md"]
INSIDE = ["docs/architecture.md", "docs/format.md", "docs/glossary.md", "CONTRIBUTING.md"]

pages = (["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] + sorted(glob.glob("docs/*.md")) + sorted(glob.glob("docs/internals/*.md")) +
         sorted(glob.glob("packages/*/README.md")) + sorted(glob.glob("demo/*/README.md")) +
         sorted(glob.glob("bench/compare/peers/*.md")))
shown = set()  # files that get a page because a page links to them


def place_of(page):
    return re.sub(r"(^|/)README\.md$", r"\1index.md", page)


def place_of_file(file):
    """Of the page that shows it: the generator takes a dot for the beginning of a file's kind."""
    return os.path.join(os.path.dirname(file), os.path.basename(file).replace(".", "-") + ".md")


def title_of(page):
    found = re.search(r"^# (.+)$", open(page).read(), re.M)
    return found.group(1) if found else page


def write(place, text):
    path = os.path.join(output, place)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def follow(page, target):
    """What a link of a page becomes."""
    path, anchor = (target.split("#", 1) + [None])[:2] if "#" in target else (target, None)
    if not path or "://" in path or path.startswith("mailto:"):
        return target
    meant = os.path.normpath(os.path.join(os.path.dirname(page), path))
    if not os.path.exists(meant):
        sys.exit(f"{page}: there is no {target}")
    if meant.endswith(".svg") or meant.endswith(".png"):
        os.makedirs(os.path.join(output, os.path.dirname(meant)), exist_ok=True)
        shutil.copy(meant, os.path.join(output, meant))
        return path if path.startswith(".") else "./" + path
    if os.path.isdir(meant):
        meant = os.path.join(meant, "README.md")
    elif meant not in pages:
        shown.add(meant)
        meant = place_of_file(meant)
    relative = os.path.relpath(place_of(meant), os.path.dirname(page) or ".")
    return relative + (f"#{anchor}" if anchor else "")


def staged(page):
    """A page with its links followed; code is left alone."""
    parts = re.split(r"(^```.*?^```$|`[^`\n]+`(?!\]))", open(page).read(), flags=re.S | re.M)
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r"\]\(([^)\s]+)\)", lambda found: f"]({follow(page, found.group(1))})", parts[i])
    return "".join(parts)


shutil.rmtree(output, ignore_errors=True)
for page in pages:
    write(place_of(page), staged(page))
inside = sorted(glob.glob("docs/internals/*.md"))
write("docs/internals/index.md", "# Internals\n\n" + "".join(f"- [{title_of(page)}](./{os.path.basename(page)})\n" for page in inside))
shown |= {f"examples/{name}" for name in os.listdir("examples") if name in HOSTS}
for file in sorted(shown):
    language = LANGUAGES.get(os.path.splitext(file)[1], "text")
    name = HOSTS.get(os.path.basename(file), file) if file.startswith("examples/") else file
    text = open(file).read().rstrip("\n")
    printed = "\nIt prints:\n\n```text\n" + open("examples/expected.txt").read() + "```\n" if file.startswith("examples/") else ""
    write(place_of_file(file), f"# {name}\n\n`{file}`\n\n````{language}\n{text}\n````\n{printed}")


def entry(page, text=None):
    return {"text": text or title_of(page), "link": "/" + re.sub(r"index$", "", place_of(page)[:-3])}


rest = [page for page in pages if page.startswith("docs/") and page not in FIRST + ABOUT + INSIDE + inside]
sidebar = [
    {"text": "SpectraDB", "items": [entry("README.md", "Overview")] + [entry(page) for page in FIRST + rest]},
    {"text": "Your host", "collapsed": False, "items": [entry(place_of_file(f"examples/{name}"), text) for name, text in HOSTS.items()]},
    {"text": "Packages", "items": [entry(page) for page in pages if page.startswith("packages/")]},
    {"text": "Demos", "items": [entry(page) for page in pages if page.startswith("demo/")]},
    {"text": "What to expect", "items": [entry(page) for page in ABOUT]},
    {"text": "Inside", "collapsed": True, "items": [entry(page) for page in INSIDE + inside]},
]
write(".vitepress/sidebar.json", json.dumps(sidebar, indent=2))
print(f"{len(pages)} pages, {len(shown)} files that they show")
