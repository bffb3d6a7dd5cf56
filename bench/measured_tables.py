"""Collects what a benchmark in Python measures, prints it, and writes it as the programs in C++ do (bench/report.h)."""
import json
import pathlib

import results


class Table:
    """Operations of several contenders, ours first; each round adds a figure to each."""

    def __init__(self, title, contenders):
        self.title = title
        self.contenders = contenders
        self.operations = {}

    def add(self, name, unit, figures, less=False, target=0, peer=1):
        """The figures are in the order of the contenders, None for one that has none. `target` is a ratio to the peer, above 1 to our
        advantage; with peer 0 it is ours in the unit."""
        operation = self.operations.setdefault(name, {
            "name": name, "unit": unit, "target": target, "peer": peer, "less_is_better": less, "by_wall": False,
            "series": [{"cpu": [], "wall": []} for _ in self.contenders]})
        for series, figure in zip(operation["series"], figures, strict=True):
            if figure is not None:
                series["cpu"].append(figure)

    def as_json(self):
        return {"title": self.title, "contenders": self.contenders, "operations": list(self.operations.values())}

    def lines(self):
        yield f"\n### {self.title}\n"
        yield "| operation | " + " | ".join(self.contenders) + " | target |"
        yield "|---" * (len(self.contenders) + 2) + "|"
        for operation in self.operations.values():
            cells = []
            for peer, series in enumerate(operation["series"]):
                if not series["cpu"]:
                    cells.append("")
                    continue
                ratio = f" ({results.ratio_of(operation, peer, 'cpu')[0]:.2f})" if peer else ""
                cells.append(results.short(sorted(series["cpu"])[len(series["cpu"]) // 2]) + ratio)
            verdict = results.verdict(self.as_json(), operation)
            said = f"{verdict[0]}: {'met' if verdict[1] else 'missed'}" if verdict else ""
            yield f"| {operation['name']}, {operation['unit']} | {' | '.join(cells)} | {said} |"


def write(path, rounds, settings, tables):
    for table in tables:
        print("\n".join(table.lines()), flush=True)
    pathlib.Path(path).write_text(json.dumps({"rounds": rounds, "settings": settings, "tables": [one.as_json() for one in tables]}, indent=1) + "\n",
                                  encoding="utf-8")
