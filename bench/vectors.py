"""Measures indexes on vectors beside sqlite-vec, hnswlib, usearch and LanceDB, all from npm, on real embeddings and synthetic ones:
vectors.py --extension=MODULE --modules=NODE_MODULES --data=FOLDER --json=FILE [--quick] [--rounds=N] [--only=SET]

The sets are made by vector_data.mjs, and kept in the folder for the next run. All times are CPU time of the whole process. Needs a Python
whose sqlite3 loads extensions, and node. The set of a million vectors is measured only where --only=million names it, and beside no peers.
"""
import json
import math
import mmap
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

import measured_tables
from text import bytes_in_use, cpu_of, new_database

HERE = pathlib.Path(__file__).parent
ASKED = 100
EFFORTS = (0.7, 0.8, 0.85, 0.9, 0.95, 1, 1.1)
BATCH = 1000  # rows a commit
FILTERED = 20  # queries with a filter: where few rows pass, a search reads nearly all
VERSIONS, VERSIONED = 20, 2000
ROUNDS_OF_PAIR = 10
PARTS = (10, 100, 1000)
OURS, BIG, SMALL, HNSW, USEARCH, LANCE, PRESENT = range(7)
CONTENDERS = ["SpectraDB", "sqlite-vec, 400 MB of cache", "sqlite-vec", "hnswlib", "usearch", "LanceDB IVF_PQ", "SpectraDB, the present"]
NEAREST = "SELECT id FROM emb WHERE e MATCH ? {} ORDER BY _distance LIMIT 10"


class Set:
    """Vectors, queries, and what is nearest, as vector_data.mjs wrote them."""

    def __init__(self, folder, name, dimensions, title):
        self.prefix = os.path.join(folder, name)
        self.dimensions = dimensions
        with open(self.prefix + ".base", "rb") as file:  # mapped, so that it is no part of what is measured of memory
            self.base = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.count = len(self.base) // self.bytes
        queries = pathlib.Path(self.prefix + ".query").read_bytes()
        self.truth = json.loads(pathlib.Path(self.prefix + ".truth").read_text(encoding="utf-8"))
        self.queries = [queries[i * self.bytes:(i + 1) * self.bytes] for i in range(min(ASKED, len(self.truth["now"])))]
        self.title = f"{self.count} {title} of {dimensions} dimensions"

    @property
    def bytes(self):
        return 4 * self.dimensions

    def vector(self, place):
        return self.base[place * self.bytes:(place + 1) * self.bytes]

    def rows(self, begin=0, end=None):
        return ((i, self.truth["ranks"][i], i * 7919, self.vector(i)) for i in range(begin, self.count if end is None else end))

    def recall(self, answers, way="now"):
        wanted = [set(one) for one in self.truth[way][:len(answers)]]
        return sum(len(one & set(answer)) for one, answer in zip(wanted, answers)) / sum(len(one) for one in wanted)


def made(folder, modules, name, count, dimensions):
    """Makes a set that is not there yet."""
    prefix = os.path.join(folder, name)
    node = lambda *words: subprocess.run(["node", str(HERE / "vector_data.mjs"), *map(str, words)], check=True)
    if not os.path.exists(prefix + ".years"):
        node(*(("sentences", modules, prefix, count) if dimensions == 512 else ("synthetic", prefix, count, dimensions)))
    if not os.path.exists(prefix + ".truth"):
        node("truth", prefix, dimensions)


def peers_of(data, modules):
    """What vector_peers.mjs measured of the set; kept beside it."""
    kept = pathlib.Path(data.prefix + ".peers")
    if not kept.exists() or not kept.read_text(encoding="utf-8").strip():
        run = subprocess.run(["node", str(HERE / "vector_peers.mjs"), modules, data.prefix, str(data.dimensions), "hnswlib", "usearch", "lancedb", "chromadb"],
                             check=True, stdout=subprocess.PIPE, text=True)
        kept.write_text(run.stdout, encoding="utf-8")
    return json.loads(kept.read_text(encoding="utf-8"))


def table_of(db, data, name="emb"):
    db.execute(f"CREATE VIRTUAL TABLE {name} USING spectradb(id INTEGER PRIMARY KEY, rank INTEGER, random INTEGER, e VECTOR({data.dimensions}))")


def insert(db, data, begin, end):
    """Returns the CPU seconds, and those of the longest transaction up to its COMMIT: lists are split there. What COMMIT itself
    takes is longest where the store writes out what it has in memory, whatever is indexed."""
    longest = spent = 0
    for start in range(begin, end, BATCH):
        rows = list(data.rows(start, min(end, start + BATCH)))

        def write():
            db.execute("BEGIN")
            db.executemany("INSERT INTO emb VALUES (?, ?, ?, ?)", rows)

        written = cpu_of(write)
        spent += written + cpu_of(lambda: db.execute("COMMIT"))
        longest = max(longest, written)
    return spent, longest


CREATE = "CREATE INDEX emb_e ON emb (spectradb_vector_index(e, 'code=int4', 'nulls=listed', 'centroids=int8'))"


def bytes_of_index(data, extension, folder):
    """In a directory, whose files are gone once they are merged: pages of SQLite's are used again later."""
    before = os.environ.get("SPECTRADB_STORAGE")
    os.environ["SPECTRADB_STORAGE"] = "directory"
    db = new_database(folder, "bare", extension)
    table_of(db, data)
    if before is None:
        del os.environ["SPECTRADB_STORAGE"]
    else:
        os.environ["SPECTRADB_STORAGE"] = before
    insert(db, data, 0, data.count)
    bare = bytes_in_use(db, folder, "bare")
    db.execute(CREATE)
    found = (bytes_in_use(db, folder, "bare") - bare) / data.count
    db.close()
    return found


def asked(db, data, sql, *values, rounds=3, count=ASKED):
    """The CPU microseconds of a query, and the answers. The queries are of one transaction, so that none looks for news."""
    run = lambda: [[row[0] for row in db.execute(sql, (query, *values))] for query in data.queries[:count]]
    db.execute("BEGIN")
    answers = run()
    best = min(cpu_of(run) for _ in range(rounds))
    db.execute("COMMIT")
    return best / len(answers) * 1e6, answers


def sqlite_vec(data, folder, modules):
    """[microseconds with a big cache, with the default one], or why there is none."""
    try:
        db = new_database(folder, "vec")
        db.enable_load_extension(True)
        library = next(pathlib.Path(modules).glob("sqlite-vec-*/vec0.*"))
        db.load_extension(str(library.with_suffix("")))
    except (sqlite3.Error, StopIteration) as problem:
        return None, str(problem) or "no package for this platform"
    db.execute(f"CREATE VIRTUAL TABLE v USING vec0(e float[{data.dimensions}] distance_metric=cosine)")
    db.execute("BEGIN")
    db.executemany("INSERT INTO v(rowid, e) VALUES (?, ?)", ((i, data.vector(i)) for i in range(data.count)))
    db.execute("COMMIT")
    found = []
    for cache in (-400_000, -2000):
        db.execute(f"PRAGMA cache_size = {cache}")
        run = lambda: [db.execute("SELECT rowid FROM v WHERE e MATCH ? AND k = 10", (query,)).fetchall() for query in data.queries[:5]]
        run()
        found.append(min(cpu_of(run) for _ in range(2)) / 5 * 1e6)
    db.close()
    return found, None


def row(**figures):
    values = [None] * len(CONTENDERS)
    for name, figure in figures.items():
        values[globals()[name]] = figure
    return values


def measure(data, extension, modules, table, curves, notes):
    with tempfile.TemporaryDirectory() as folder:
        bare = new_database(folder, "alone", extension)
        table_of(bare, data)
        alone = insert(bare, data, 0, data.count)[0]
        bare.close()
        db = new_database(folder, "ours", extension)
        table_of(db, data)
        half = data.count // 2
        insert(db, data, 0, half)
        built = cpu_of(lambda: db.execute(CREATE))
        then = db.execute("SELECT spectradb_commit()").fetchone()[0]
        spent, longest = insert(db, data, half, data.count)
        added = (spent - alone / 2) / (data.count - half) * 1e6
        table.add("what the index adds to an insert, in commits of 1,000", "µs", row(OURS=added), less=True, target=60, peer=0)
        table.add("the longest of these transactions, up to COMMIT", "ms", row(OURS=longest * 1e3), less=True)
        bytes_in_use(db, folder, "ours")  # flushed and compacted
        table.add("bytes of the index a vector", "bytes", row(OURS=bytes_of_index(data, extension, folder)), less=True,
                  target=data.dimensions / 2 + 24, peer=0)
        peers = peers_of(data, modules)
        for name, found in peers.items():
            if "absent" in found:
                notes.add(f"{data.title}: {name} was not measured: {found['absent']}")
        of = lambda name: peers[name]["curve"] if "curve" in peers.get(name, {}) else []
        builds = {place: peers[name]["build"] for name, place in (("hnswlib", "HNSW"), ("usearch", "USEARCH"), ("lancedb", "LANCE")) if "build" in peers.get(name, {})}
        table.add("build, a vector", "µs", row(OURS=built / half * 1e6, **builds), less=True)
        vec, absent = sqlite_vec(data, folder, modules)
        if absent:
            notes.add(f"{data.title}: sqlite-vec was not measured: {absent}")
        now, answers = asked(db, data, NEAREST.format(""))
        recall = data.recall(answers)
        at_least = lambda curve: min((us for _, us, found in curve if found >= min(recall, 0.99)), default=None)
        figures = {"OURS": now, "HNSW": at_least(of("hnswlib")), "USEARCH": at_least(of("usearch")), "LANCE": at_least(of("lancedb"))}
        if vec:
            figures |= {"BIG": vec[0], "SMALL": vec[1]}
        table.add("top 10, where peers have our recall", "µs", row(**figures), less=True)
        for name, place, target in (("BIG", BIG, 20), ("SMALL", SMALL, 80), ("HNSW", HNSW, 1 / 5), ("LANCE", LANCE, 5)):
            if figures.get(name):
                table.add(f"top 10, beside {CONTENDERS[place]}", "µs", row(OURS=now, **{name: figures[name]}), less=True, target=target, peer=place)
        table.add("recall of these", "", row(OURS=recall), target=0.95, peer=0)
        before, answers = asked(db, data, NEAREST.format("AND _as_of = ?"), then)
        if figures["HNSW"]:
            table.add("top 10 AS OF the half, beside hnswlib now", "µs", row(OURS=before, HNSW=figures["HNSW"]), less=True, target=1 / 8, peer=HNSW)
        table.add("recall AS OF the half", "", row(OURS=data.recall(answers, "half")), target=0.95, peer=0)
        for part in PARTS:
            share = f"{100 / part:g} %"
            for way, condition in (("random", f"AND random % {part} = 0"), ("clustered", f"AND rank < {data.count // part}")):
                us, answers = asked(db, data, NEAREST.format(condition), rounds=1, count=FILTERED)
                wanted = min(10, len(data.truth[f"{way} {part}"][0]))
                table.add(f"top 10 of {share}, {way}", "µs", row(OURS=us), less=True)
                table.add(f"recall of {share}, {way}", "", row(OURS=data.recall(answers, f"{way} {part}")), target=0.95, peer=0)
                short = sum(len(one) < wanted for one in answers)
                if short:
                    notes.add(f"{data.title}: {short} answers with a filter of {share}, {way}, are short of rows")
        ours = []
        for effort in EFFORTS:
            us, answers = asked(db, data, NEAREST.format("AND _effort = ?"), effort, rounds=1)
            ours.append([f"effort {effort:g}", us, data.recall(answers)])
        curves.append({"title": data.title, "of": {"SpectraDB": ours} | {name: of(name) for name in ("hnswlib", "usearch", "lancedb") if of(name)}})
        db.close()


def deep(data, extension, table):
    """Twenty versions of each row; the search half-way back beside that now."""
    count = min(VERSIONED, data.count)
    with tempfile.TemporaryDirectory() as folder:
        db = new_database(folder, "deep", extension)
        table_of(db, data)
        db.execute(CREATE)
        insert(db, data, 0, count)
        commits = []
        for version in range(1, VERSIONS):
            changed = [(i, data.vector((i + version * 401) % data.count)) for i in range(count)]
            for start in range(0, count, BATCH):
                db.execute("BEGIN")
                db.executemany("UPDATE emb SET e = ?2 WHERE id = ?1", changed[start:start + BATCH])
                db.execute("COMMIT")
            commits.append(db.execute("SELECT spectradb_commit()").fetchone()[0])
        bytes_in_use(db, folder, "deep")
        # By turns, so that both meet the same neighbours on a busy machine.
        now = then = math.inf
        for _ in range(ROUNDS_OF_PAIR):
            now = min(now, asked(db, data, NEAREST.format(""), rounds=1)[0])
            then = min(then, asked(db, data, NEAREST.format("AND _as_of = ?"), commits[len(commits) // 2], rounds=1)[0])
        db.close()
    table.add(f"{count} rows of {VERSIONS} versions: top 10 ten versions ago, beside the present", "µs", row(OURS=then, PRESENT=now), less=True,
              target=1 / 2, peer=PRESENT)


class Memory:
    """The most that the process has of memory of its own, beyond what it had; files that are mapped do not count."""

    def __init__(self):
        self.most = 0
        self.before = self.now()

    @staticmethod
    def now():
        return next(int(line.split()[1]) for line in open("/proc/self/status", encoding="ascii") if line.startswith("RssAnon:")) << 10

    def look(self):
        self.most = max(self.most, self.now() - self.before)
        return 0  # a progress handler's: go on


def large(data, extension, table):
    """A table that is many times as large as the cache: what it takes to load, to index, to add to and to ask."""
    added = min(20_000, data.count // 50)
    with tempfile.TemporaryDirectory() as folder:
        db = new_database(folder, "large", extension)
        table_of(db, data)
        memory = Memory()
        spent = 0
        for start in range(0, data.count - added, 10 * BATCH):
            spent += insert(db, data, start, min(data.count - added, start + 10 * BATCH))[0]
            memory.look()
        table.add("load without the index, in commits of 1,000", "µs", row(OURS=spent / (data.count - added) * 1e6), less=True)
        table.add("memory while it loads, at most", "MiB", row(OURS=memory.most / 2**20), less=True)
        db.set_progress_handler(memory.look, 100_000)
        table.add("build, a vector", "µs", row(OURS=cpu_of(lambda: db.execute(CREATE)) / (data.count - added) * 1e6), less=True)
        db.set_progress_handler(None, 0)
        memory.look()
        table.add("memory while it loads and builds, at most", "MiB", row(OURS=memory.most / 2**20), less=True)
        table.add("an insert with the index, in commits of 1,000", "µs", row(OURS=insert(db, data, data.count - added, data.count)[0] / added * 1e6), less=True)
        now, answers = asked(db, data, NEAREST.format(""))
        table.add("top 10", "µs", row(OURS=now), less=True)
        table.add("recall of these", "", row(OURS=data.recall(answers)), target=0.95, peer=0)
        db.close()


def main(arguments):
    given = dict(one.lstrip("-").split("=", 1) for one in arguments if "=" in one)
    is_quick = "--quick" in arguments
    extension, modules, folder = (os.path.abspath(given[name]) for name in ("extension", "modules", "data"))
    os.makedirs(folder, exist_ok=True)
    sets = [("real", 2000 if is_quick else 15_000, 512, "real sentences")]
    if not is_quick:
        sets += [("c384", 100_000, 384, "synthetic vectors"), ("c768", 100_000, 768, "synthetic vectors")]
    if given.get("only") == "million":
        sets = [("million", 1_000_000, 384, "synthetic vectors")]
    tables, curves, notes = [], [], set()
    for name, count, dimensions, title in sets:
        if given.get("only", name) != name:
            continue
        name += f"-{count}"
        made(folder, modules, name, count, dimensions)
        data = Set(folder, name, dimensions, title)
        table = measured_tables.Table(data.title, CONTENDERS)
        for _ in range(int(given.get("rounds", 1))):
            if data.count >= 1_000_000:
                large(data, extension, table)
                continue
            measure(data, extension, modules, table, curves, notes)
            deep(data, extension, table)
        tables.append(table)
    settings = [f"SQLite {sqlite3.sqlite_version}, WAL, synchronous = NORMAL, cache_size 64 MiB; cosine; ten rows of {ASKED} queries; bytes once everything is compacted",
                "the sentences: clauses of State of the Union addresses, shuffled, by npm's sentence encoder; the synthetic: clusters of normal deviates"]
    measured_tables.write(given["json"], int(given.get("rounds", 1)), settings + sorted(notes), tables)
    written = json.loads(pathlib.Path(given["json"]).read_text(encoding="utf-8"))
    pathlib.Path(given["json"]).write_text(json.dumps(written | {"recall_over_time": curves}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
