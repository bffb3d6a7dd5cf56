"""Measures how operations grow: growth.py --extension=MODULE --json=FILE [--quick] [--rounds=N]

Runs sql_bench with more and more facts, and with more and more versions a key, and writes for each operation and contender the medians
of CPU time, in nanoseconds an operation (scans: a row), and the exponent of the power law that fits them best.
"""
import json
import math
import pathlib
import statistics
import subprocess
import sys

BENCH = pathlib.Path(__file__).parent.parent / "build/bench/bench/sql_bench"
OPERATIONS = ["point, latest", "scan, latest", "point AS OF", "scan AS OF", "updates that keep history"]
# From so many facts on there is one round, without the contenders that keep history in a B-tree: their
# updates of random keys read and write pages beyond every cache. B's had not finished in half an hour,
# where SpectraDB's took six minutes.
LARGEST = 10_000_000


def sweeps(is_quick):
    """(title, what grows, [(value, keys, depth)])"""
    depths = [1, 10, 100, 1000] + ([] if is_quick else [2000])
    keys = [1_000, 10_000, 100_000] + ([] if is_quick else [1_000_000])
    yield "200 keys, more and more versions of each", "versions a key", [(depth, 200, depth) for depth in depths]
    yield "10 versions a key, more and more keys", "facts", [(10 * count, count, 10) for count in keys]


def exponent(points):
    """The slope of the line through the logarithms, by least squares; None for fewer than two points."""
    if len(points) < 2:
        return None
    xs = [math.log(x) for x, _ in points]
    ys = [math.log(y) for _, y in points]
    middle_x, middle_y = statistics.fmean(xs), statistics.fmean(ys)
    return sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys)) / sum((x - middle_x) ** 2 for x in xs)


def measure(options, keys, depth, file):
    largest = ["--rounds=1", "--without=BC"] if keys * depth >= LARGEST else []
    command = [str(BENCH), *options, *largest, f"--shape={keys},{depth}", f"--json={file}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with open(file, encoding="utf-8") as text:
        return json.load(text)["tables"][0]


def main(arguments):
    target = next(one.split("=", 1)[1] for one in arguments if one.startswith("--json="))
    options = [one for one in arguments if not one.startswith("--json=")]
    result = {"growth": []}
    for title, axis, shapes in sweeps("--quick" in arguments):
        curves = {}
        for value, keys, depth in shapes:
            table = measure(options, keys, depth, target + ".part")
            result["contenders"] = table["contenders"]
            for operation in table["operations"]:
                if operation["name"] not in OPERATIONS:
                    continue
                for contender, series in zip(table["contenders"], operation["series"]):
                    if series["cpu"]:
                        points = curves.setdefault((operation["name"], contender), [])
                        points.append((value, 1e9 / statistics.median(series["cpu"])))
        sweep = {"title": title, "axis": axis, "curves": []}
        print(f"\n### {title}\n\n| operation | contender | exponent | ns at {', '.join(str(x) for x, _, _ in shapes)} |\n|---|---|---|---|")
        for (operation, contender), points in sorted(curves.items(), key=lambda one: OPERATIONS.index(one[0][0])):
            slope = exponent(points)
            sweep["curves"].append({"operation": operation, "contender": contender, "points": points, "exponent": slope})
            shown = "" if slope is None else f"{slope:.2f}"
            print(f"| {operation} | {contender} | {shown} | {', '.join(f'{y:.0f}' for _, y in points)} |")
        result["growth"].append(sweep)
    pathlib.Path(target).write_text(json.dumps(result), encoding="utf-8")
    pathlib.Path(target + ".part").unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
