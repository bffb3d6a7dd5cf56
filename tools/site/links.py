#!/usr/bin/env python3
"""Whether every link of a built site leads to something: pages, files and places in pages. usage: links.py FOLDER BASE"""
import os
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

folder, site = os.path.abspath(sys.argv[1]), sys.argv[2].rstrip("/") + "/"


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.names = [], set()
        with open(path) as file:
            self.feed(file.read())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.append(value)
            elif name in ("id", "name") and value:
                self.names.add(value)


pages = {}
for place, _, names in os.walk(folder):
    for name in names:
        if name.endswith(".html"):
            pages[os.path.join(place, name)] = Page(os.path.join(place, name))
count, problems = 0, []
for path, page in sorted(pages.items()):
    for link in page.links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        count += 1
        place = unquote(parts.path)
        if place.startswith("/") and not (place + "/").startswith(site):
            problems.append(f"{os.path.relpath(path, folder)}: {link} is outside of {site}")
            continue
        if place.startswith("/"):
            meant = os.path.normpath(os.path.join(folder, place[len(site):]))
        else:
            meant = os.path.normpath(os.path.join(os.path.dirname(path), place)) if place else path
        if os.path.isdir(meant):
            meant = os.path.join(meant, "index.html")
        if not os.path.exists(meant):
            problems.append(f"{os.path.relpath(path, folder)}: there is no {link}")
        elif parts.fragment and meant in pages and unquote(parts.fragment) not in pages[meant].names:
            problems.append(f"{os.path.relpath(path, folder)}: {link} has no such place")
for problem in problems:
    print(problem, file=sys.stderr)
print(f"{len(pages)} pages, {count} links lead somewhere" if not problems else f"{len(problems)} of {count} links lead nowhere")
sys.exit(1 if problems else 0)
