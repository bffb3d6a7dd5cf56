"""Compares ratios with the stored ones: check.py STORED.json [--update | --partial] PART=FILE.json …

Fails when one got worse by more than the spread of both runs together. Ratios, not times: machines differ.
--partial: what was not measured is not missed. --update: what the parts that were measured had is replaced.
"""
import json
import pathlib
import sys

import results as measured

# Three rounds show less than the whole noise, so a smaller change is never taken for a real one.
LEAST_NOISE = 0.10


def main(arguments):
    is_update = "--update" in arguments
    is_partial = "--partial" in arguments
    stored_path, *parts = [one for one in arguments if one not in ("--update", "--partial")]
    results = measured.read(dict(one.split("=", 1) for one in parts))
    now = {one.key: {"ratio": round(one.ratio, 4), "spread": round(one.spread, 4)}
           for one in measured.comparisons(results)}
    if is_update:
        # Other parts keep what they have.
        if pathlib.Path(stored_path).exists():
            stored = json.loads(pathlib.Path(stored_path).read_text(encoding="utf-8"))
            now = {key: one for key, one in stored.items() if key.split(" / ")[0] not in results} | now
        with open(stored_path, "w", encoding="utf-8") as file:
            json.dump(now, file, indent=1, ensure_ascii=False)
            file.write("\n")
        print(f"{len(now)} ratios stored in {stored_path}")
        return 0
    try:
        with open(stored_path, encoding="utf-8") as file:
            stored = json.load(file)
    except FileNotFoundError:
        print(f"{stored_path} does not exist; bench/run.sh --check --update makes it", file=sys.stderr)
        return 1
    worse = 0
    compared = 0
    for key, before in stored.items():
        if key.split(" / ")[0] not in results:
            continue
        if key not in now and is_partial:
            continue
        if key not in now:
            print(f"GONE   {key}")
            worse += 1
            continue
        compared += 1
        noise = max(LEAST_NOISE, before["spread"] + now[key]["spread"])
        change = now[key]["ratio"] / before["ratio"]
        if change < 1 / (1 + noise):
            print(f"WORSE  {key}: {before['ratio']:.2f} -> {now[key]['ratio']:.2f}, noise ±{100 * noise:.0f} %")
            worse += 1
        elif change > 1 + noise:
            print(f"better {key}: {before['ratio']:.2f} -> {now[key]['ratio']:.2f}, noise ±{100 * noise:.0f} %")
    for key in now.keys() - stored.keys():
        print(f"new    {key}: {now[key]['ratio']:.2f}")
    print(f"{compared} ratios compared, {worse} worse")
    return 1 if worse or not compared else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
