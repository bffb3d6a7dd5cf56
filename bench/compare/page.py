"""Writes docs/compare.md: what the probes said, and the ratios that docs/benchmarks.md has."""
import math
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROBES = "../bench/compare/peers"
SPEED = "## How fast, and where we lose"
OURS = ("target", "SpectraDB", "directory")  # columns that are no peers
RATIO = re.compile(r"\*\*([\d.]+)\*\*")

HEAD = """# What else there is

Written by `bench/run.sh compare`; do not edit. For somebody who chooses: what each can do, then how fast it is, and what we lose comes first.

**Each cell of the tables was run**, but for those that say *documented*: it links to its probe in `bench/compare/peers/`, which has the text and what it prints, and a run in which one
prints something else writes no page. The tests run those that need no more than SQLite.

- *yes*: asked as it stands, in at most four lines of SQL.
- *by hand: N lines*: it can be had, with so many lines that somebody writes, keeps and tests: tables, triggers, views and the question itself.
- *no*: the statement fails, or what was asked for is not there.
- *documented*: not run here; the probe's place has a link to the peer's own page. Empty: nothing was asked of this peer.
"""


def cell(peer, feature):
    said = peer.cell(feature)
    return "" if said is None else f"[{said}]({PROBES}/{peer.key}.md#{feature})"


def feature_table(group, peers):
    yield f"## {group['title']}"
    yield ""
    yield group["note"]
    yield ""
    shown = [peers[key] for key in group["peers"]]
    yield "| | " + " | ".join(peer.name for peer in shown) + " |"
    yield "|---" * (len(shown) + 1) + "|"
    for name, title in group["features"]:
        yield f"| {title} | " + " | ".join(cell(peer, name) for peer in shown) + " |"
    yield ""


def ratios(text):
    """(part, case, operation, peer, ratio) of every table of the benchmarks that has ours : PEER."""
    part = case = ""
    peers = []
    for line in text.splitlines():
        if line.startswith("## "):
            part, case, peers = line[3:].strip(), "", []
        elif line.startswith("### "):
            case, peers = line[4:].strip(), []
        elif line.startswith("| operation | clock | ours : "):
            peers = [name.strip().removeprefix("ours : ") for name in line.strip().strip("|").split("|")[2:]]
        elif line.startswith("| operation"):
            peers = []
        elif peers and line.startswith("| ") and case:
            cells = [one.strip() for one in line.strip().strip("|").split("|")]
            for peer, one in zip(peers, cells[2:]):
                found = RATIO.match(one)
                if found and not peer.startswith(OURS):
                    yield part, case, cells[0], peer, float(found.group(1))


def anchor(part):
    return re.sub(r"[^a-z0-9-]", "", part.lower().replace(" ", "-"))


def speed(measured):
    yield SPEED
    yield ""
    yield "Ratios of [benchmarks.md](benchmarks.md), which says when, with which revision, storage and settings each part was measured, and how far its rounds spread. Above 1 is to our"
    yield "advantage. A peer stands where it is measured: in the same run, on the same machine, with the same answers."
    yield ""
    yield "| part | beside | operations | we are slower or larger in | geometric mean | worst | best |"
    yield "|---|---|---|---|---|---|---|"
    groups = {}
    for one in measured:
        groups.setdefault((one[0], one[3]), []).append(one)
    for (part, peer), ones in sorted(groups.items(), key=lambda group: (mean(group[1]), group[0])):
        worst, best = min(ones, key=lambda one: one[4]), max(ones, key=lambda one: one[4])
        yield (f"| [{part}](benchmarks.md#{anchor(part)}) | {peer} | {len(ones)} | {sum(one[4] < 1 for one in ones)} | **{mean(ones):.2f}** "
               f"| {worst[4]:.2f}: {worst[2]} | {best[4]:.2f}: {best[2]} |")
    yield ""
    yield "### Every loss, the worst first"
    yield ""
    yield "The reason of each stands in the section that it links to, or in [the table of losses](benchmarks.md#where-we-lose); the goals, and what the floor of each is, in [perf.md](perf.md)."
    yield ""
    yield from ratio_table(sorted((one for one in measured if one[4] < 1), key=lambda one: one[4]))
    yield "### The rest, the best last"
    yield ""
    yield from ratio_table(sorted((one for one in measured if one[4] >= 1), key=lambda one: one[4]))


def mean(ones):
    return math.exp(sum(math.log(max(one[4], 0.005)) for one in ones) / len(ones))


def ratio_table(ones):
    yield "| ratio | operation | beside | case | part |"
    yield "|---|---|---|---|---|"
    for part, case, operation, peer, ratio in ones:
        yield f"| **{ratio:.2f}** | {operation} | {peer} | {case} | [{part}](benchmarks.md#{anchor(part)}) |"
    yield ""


def run(peers):
    yield "## What was run"
    yield ""
    yield "; ".join(dict.fromkeys(peer.version for peer in peers.values() if peer.version)) + "."
    yield ""
    yield "What was not:"
    yield ""
    for peer in peers.values():
        if not peer.is_run():
            yield f"- **{peer.name}**: {peer.about}"
    yield ""


def whole(groups, peers):
    lines = HEAD.splitlines() + [""]
    for group in groups:
        lines += feature_table(group, peers)
    lines += run(peers)
    lines += speed(list(ratios((ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8"))))
    return "\n".join(lines).rstrip() + "\n"


def with_ratios(stored):
    """The page with the ratios that docs/benchmarks.md has now."""
    before = stored.split(SPEED)[0]
    return before + "\n".join(speed(list(ratios((ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8"))))).rstrip() + "\n"


def differences(stored, now):
    """A line for each line of the tables of features in which the stored page has something else."""
    def features(text):
        return text.split("## What was run")[0].splitlines()
    old, new = features(stored), features(now)
    if len(old) != len(new):
        yield "docs/compare.md has other features than bench/compare: write it anew with bench/run.sh compare"
        return
    for was, line in zip(old, new):
        if was != line:
            yield f"docs/compare.md is not what the probes say; bench/run.sh compare writes it anew:\n- {was}\n+ {line}"
