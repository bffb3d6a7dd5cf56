"""What the benchmark programs measured: reads their JSON files, and computes ratios and how far the rounds spread."""
import json
import statistics


class Comparison:
    """One operation, ours beside one peer. A ratio above 1 is to our advantage."""

    def __init__(self, part, table, operation, peer):
        self.part = part
        self.title = table["title"]
        self.peer = table["contenders"][peer]
        self.operation = operation["name"]
        self.rounds = len(operation["series"][peer]["wall" if operation["by_wall"] else "cpu"])
        self.key = " / ".join([part, self.title, self.operation, self.peer])
        clock = "wall" if operation["by_wall"] else "cpu"
        self.ratio, self.spread = ratio_of(operation, peer, clock)
        other = "cpu" if operation["by_wall"] else "wall"
        self.other_ratio = ratio_of(operation, peer, other)[0] if operation["series"][0][other] else None


def ratio_of(operation, peer, clock):
    """The ratio of the medians, and half the range of the rounds' own ratios as a part of it."""
    ours = operation["series"][0][clock]
    theirs = operation["series"][peer][clock]
    if operation["less_is_better"]:
        ours, theirs = theirs, ours
    ratio = statistics.median(ours) / statistics.median(theirs)
    of_rounds = [one / other for one, other in zip(ours, theirs)]
    return ratio, (max(of_rounds) - min(of_rounds)) / 2 / ratio


def read(files):
    """From {part: paths with commas between them}: {part: what its program wrote}. Several files are runs of a part piece by piece, or round
    by round: tables of one title are one, with all rounds."""
    results = {}
    for part, paths in files.items():
        for path in paths.split(","):
            with open(path, encoding="utf-8") as file:
                run = json.load(file)
            if part in results:
                add(results[part], run)
            else:
                results[part] = run
    return results


def add(result, run):
    for table in run["tables"]:
        known = next((one for one in result["tables"] if one["title"] == table["title"]), None)
        if known is None:
            result["tables"].append(table)
            continue
        for ours, more in zip(known["operations"], table["operations"], strict=True):
            for series, added in zip(ours["series"], more["series"], strict=True):
                series["cpu"] += added["cpu"]
                series["wall"] += added["wall"]


def comparisons(results):
    for part, result in results.items():
        for table in result.get("tables", []):
            for operation in table["operations"]:
                for peer in range(1, len(table["contenders"])):
                    if operation["series"][peer]["cpu"] or operation["series"][peer]["wall"]:
                        yield Comparison(part, table, operation, peer)


# An operation may have a target beside one peer; these are targets beside others: (operation, part of its
# table's title): (peer, ratio).
FURTHER_TARGETS = {("bulk load", ""): ("B: triggers", 3.2),
                   ("updates that keep history", ""): ("C: append-only", 4),
                   ("point AS OF", ""): ("C: append-only", 1),
                   ("commits of one updated row at NORMAL", ""): ("A: no history", 0.7),
                   ("keys that differ, 1 % of all commits apart", ""): ("B: triggers", 0.3),
                   ("range of 100 AS OF", " 200 versions"): ("C: append-only", 5),
                   ("load in key order", " three columns"): ("B: triggers", 2.2),
                   ("update of a third in one statement", " three columns"): ("B: triggers", 2.5),
                   ("single updates in a transaction", " three columns"): ("B: triggers", 6)}


def targets(table, operation):
    """The operation once for each of its targets: (operation, what the reason of a miss is found by)."""
    yield operation, "target"
    for (name, part_of_title), (peer, ratio) in FURTHER_TARGETS.items():
        if name == operation["name"] and part_of_title in table["title"] and peer in table["contenders"]:
            place = table["contenders"].index(peer)
            if operation["series"][place]["cpu"]:
                yield dict(operation, target=ratio, peer=place), f"target beside {peer}"


def verdict(table, operation):
    """(the target in words, whether it is met), or None. As the programs print it."""
    target, peer = operation["target"], operation["peer"]
    if not target:
        return None
    if peer:
        if peer >= len(table["contenders"]):
            return None
        clock = "wall" if operation["by_wall"] else "cpu"
        ratio = ratio_of(operation, peer, clock)[0]
        return f"at least {short(target)} times {table['contenders'][peer]}", ratio >= target
    ours = statistics.median(operation["series"][0]["cpu"])
    if operation["less_is_better"]:
        return f"at most {short(target)}", ours <= target
    return f"at least {short(target)}", ours >= target


def short(value):
    if value >= 1e6:
        return f"{value / 1e6:.2f} M"
    if value >= 1e4:
        return f"{value / 1e3:.0f} k"
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"
