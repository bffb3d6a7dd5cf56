"""Compares with what else a user would pick: runs the probes of peers/*.md, and writes docs/compare.md.

  compare.py --extension=MODULE --modules=FOLDER            all peers; FOLDER has node_modules of npm's
  compare.py --extension=MODULE --local --check             the peers that need SQLite alone: a cell of the page that is another is an error
  compare.py --ratios                                       writes the ratios of the page anew, out of docs/benchmarks.md
  compare.py --extension=MODULE [--modules=FOLDER] --only=PEER[/FEATURE] …    runs these, and writes nothing
"""
import argparse
import json
import os
import pathlib
import sys
import tempfile

import page
import probes

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LOCAL = ("spectradb", "sqlite")  # engines


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--extension", default="")
    parser.add_argument("--modules", default="")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--local", action="store_true")
    parser.add_argument("--ratios", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--output", default=str(ROOT / "docs" / "compare.md"))
    return parser.parse_args()


def is_wanted(peer, feature, only):
    return not only or peer in only or f"{peer}/{feature}" in only


def main():
    given = arguments()
    output = pathlib.Path(given.output)
    if given.ratios:
        output.write_text(page.with_ratios(output.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    groups = json.loads((HERE / "features.json").read_text(encoding="utf-8"))
    peers = {path.stem: probes.Peer(path) for path in sorted((HERE / "peers").glob("*.md"))}
    known = {feature for group in groups for feature, _ in group["features"]}
    wrong = [f"{peer.key}: {name} is no feature" for peer in peers.values() for name in peer.sections if name not in known]
    run = 0
    with tempfile.TemporaryDirectory() as scratch:
        context = {"extension": os.path.abspath(given.extension).removesuffix(".so"), "modules": os.path.abspath(given.modules) if given.modules else "",
                   "root": str(ROOT), "scratch": scratch, "environment": {}}
        if given.modules:
            (pathlib.Path(given.modules) / "duckdb.mjs").write_text((HERE / "duckdb.mjs").read_text(encoding="utf-8"), encoding="utf-8")
        try:
            for peer in peers.values():
                if given.local and peer.engine not in LOCAL or not peer.is_run():
                    continue
                if not given.only:
                    peer.find_version(context)
                for feature, section in peer.sections.items():
                    if section.blocks and is_wanted(peer.key, feature, given.only):
                        run += 1
                        wrong += peer.run(feature, context)
        finally:
            if "server" in context:
                context["server"].terminate()
                context["server"].wait()
    written = page.whole(groups, peers)
    if given.check:
        wrong += page.differences(output.read_text(encoding="utf-8"), written)
    elif not wrong and not given.only and not given.local:
        output.write_text(written, encoding="utf-8")
        print(f"Written: {given.output}")
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{run} probes run, {len(wrong)} of them not as their pages say")
    return 1 if wrong or not run else 0


if __name__ == "__main__":
    sys.exit(main())
