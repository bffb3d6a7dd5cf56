"""Measures what the ledger costs, and what proofs and erasures cost: ledger.py --extension=MODULE --json=FILE [--quick]
[--rounds=N] [--commits=N] [--subjects=N] [--erase-of=ROWS] [--part=writing|proving|verifying|erasing|retiring] [--storage=directory|rows]

Each row is measured in both storages, or in that of --storage, and names it.

All times are CPU seconds of the whole process, background threads included, the least of the rounds: what else the machine does
adds to them, and takes nothing away. Needs a Python whose sqlite3 loads extensions.
"""
import json
import os
import pathlib
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile

VERIFIER = pathlib.Path(__file__).parent.parent / "tools/verify_proof.py"
STORAGES = {"directory": "the store in a directory", "rows": "the store in the database"}
TABLE = "CREATE VIRTUAL TABLE account USING spectradb(id INTEGER PRIMARY KEY, owner TEXT, balance REAL)"
# The figures that immudb's own README gives: its embedded store, 1M entries, a machine with 4-core E3-1275v6 and SSD.
IMMUDB = "https://github.com/codenotary/immudb/blob/48a39a89ec60c83e46cab9a332cf83c1ced50906/README.md, \"Performance figures\""
IMMUDB_ENTRIES = {"20 workers, batches of 1000": 1.2e6, "50 workers, batches of 1000": 1.8e6, "100 workers, batches of 1000": 1.6e6}


def cpu(who=resource.RUSAGE_SELF):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def timed(work):
    before = cpu()
    result = work()
    return cpu() - before, result


class Store:
    """A new database with one table, with a ledger or without."""

    def __init__(self, extension, folder, name, with_ledger, storage, journal="WAL"):
        self.path = os.path.join(folder, name)
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.db.enable_load_extension(True)
        self.db.load_extension(extension.removesuffix(".so"))
        self.db.execute(f"PRAGMA journal_mode = {journal}")
        self.db.execute(f"PRAGMA synchronous = {'NORMAL' if journal == 'WAL' else 'OFF'}")
        self.one("SELECT spectradb_config('storage', ?)", storage)
        self.db.execute(TABLE)
        if with_ledger:
            self.one("SELECT spectradb_ledger('on')")

    def one(self, sql, *values):
        return self.db.execute(sql, values).fetchone()[0]

    def commit(self, count, first=1):
        rows = ((i, f"owner {i}", i * 1.5) for i in range(first, first + count))
        self.db.executemany("INSERT INTO account VALUES (?, ?, ?)", rows)

    def bulk(self, count, padding=0):
        self.db.execute("INSERT INTO account WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) "
                        "SELECT i, 'owner ' || i || substr(hex(randomblob(?2)), 1, ?2), i * 1.5 FROM n", (count, padding))


# A journal, what is written under it, and how often a round of it does so.
def writings(commits, rows):
    return {
        "a commit of one row, WAL, synchronous = NORMAL": ("WAL", lambda store: store.commit(commits, 1001), commits),
        "a commit of one row, rollback journal, not synced": ("DELETE", lambda store: store.commit(commits // 4, 1001), commits // 4),
        f"a row of {rows} in one statement": ("WAL", lambda store: store.bulk(rows), rows),
    }


def writing(extension, storage, rounds, commits, rows):
    for name, (journal, write, count) in writings(commits, rows).items():
        best = {False: [], True: []}
        for number in range(rounds):
            for with_ledger in (False, True) if number % 2 == 0 else (True, False):
                with tempfile.TemporaryDirectory() as folder:
                    store = Store(extension, folder, "writing.db", with_ledger, storage, journal)
                    if count <= commits:
                        store.commit(1000)
                    best[with_ledger].append(timed(lambda: write(store))[0] / count * 1e6)
                    store.db.close()
        before, after = min(best[False]), min(best[True])
        yield f"CPU of {name}, without and with the ledger", f"{before:.2f} µs, {after:.2f} µs: {100 * (after / before - 1):+.0f} %"


def proving(extension, storage, commits):
    with tempfile.TemporaryDirectory() as folder:
        store = Store(extension, folder, "proofs.db", True, storage)
        store.commit(commits)
        seconds, digest = timed(lambda: store.one("SELECT spectradb_digest()"))
        yield f"CPU of spectradb_digest(), of {commits} commits", f"{seconds * 1e3:.2f} ms"
        chosen = random.Random(1).sample(range(1, commits + 1), 200)
        seconds, proofs = timed(lambda: [store.one("SELECT spectradb_proof('account', ?)", key) for key in chosen])
        sizes = sorted(len(proof) for proof in proofs)
        hashes = sorted(len(json.loads(proof)["commit"]["path"]) for proof in proofs)
        yield f"a proof, of {commits} commits", (f"{sizes[len(sizes) // 2]} bytes of JSON, {hashes[len(hashes) // 2]} hashes from the commit to the digest, "
                                                 f"{seconds / len(chosen) * 1e3:.2f} ms of CPU")
        file = pathlib.Path(folder, "proof.json")
        file.write_text(proofs[0])
        before = cpu(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, str(VERIFIER), str(file), digest], check=True, stdout=subprocess.DEVNULL)
        yield "tools/verify_proof.py of it, Python's start included", f"{(cpu(resource.RUSAGE_CHILDREN) - before) * 1e3:.0f} ms of CPU"
        seconds, said = timed(lambda: store.one("SELECT spectradb_verify()"))
        assert said == "ok", said
        yield f"spectradb_verify() of {commits} commits of one row", f"{seconds:.2f} s of CPU, {seconds / commits * 1e6:.1f} µs a commit"
        size = sum(part.stat().st_size for part in pathlib.Path(folder).rglob("*") if part.is_file())
        yield f"bytes on disk a commit, of {commits}", f"{size / commits:.0f}"


def verifying(extension, storage, rounds, rows, padding):
    with tempfile.TemporaryDirectory() as folder:
        store = Store(extension, folder, "verify.db", True, storage)
        store.bulk(rows, padding)
        size = store.one("SELECT sum(length(owner)) FROM account") + 8 * rows
        times = []
        for _ in range(rounds):
            seconds, said = timed(lambda: store.one("SELECT spectradb_verify()"))
            assert said == "ok", said
            times.append(seconds)
        checks = [timed(lambda: store.one("SELECT spectradb_check()"))[0] for _ in range(rounds)]
        file = os.path.join(folder, "plain")
        with open(file, "wb") as plain:
            for owner, in store.db.execute("SELECT owner FROM account"):
                plain.write(owner.encode() + b"\0" * 8)
        sums = []
        for _ in range(rounds):
            before = cpu(resource.RUSAGE_CHILDREN)
            subprocess.run(["sha256sum", file], check=True, stdout=subprocess.DEVNULL)
            sums.append(cpu(resource.RUSAGE_CHILDREN) - before)
        rate = lambda values: size / min(values) / 1e6
        yield f"spectradb_verify() of {rows} rows of {size // rows} bytes, {size / 1e6:.0f} MB", f"{rate(times):.0f} MB/s of CPU"
        yield "spectradb_check() of it, which is part of that", f"{rate(checks):.0f} MB/s"
        yield "sha256sum of the bytes of these rows", f"{rate(sums):.0f} MB/s"


def erasing(extension, storage, rows, subjects):
    with tempfile.TemporaryDirectory() as folder:
        store = Store(extension, folder, "erase.db", True, storage)
        store.bulk(rows)
        seconds, erased = timed(lambda: store.one(f"SELECT spectradb_erase('ERASE FROM account WHERE id % {rows // subjects} = 0')"))
        assert erased >= subjects, erased
        yield f"erasing {subjects} subjects of {rows}", f"{seconds:.2f} s of CPU"


def size_of(store):
    store.one("SELECT spectradb_compact()")
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.db.execute("VACUUM")
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return sum(part.stat().st_size for part in pathlib.Path(store.path).parent.rglob("*") if part.is_file())


def update(store, rows, is_one_commit):
    if is_one_commit:
        store.db.execute("UPDATE account SET balance = balance + 1")
    else:
        store.db.executemany("UPDATE account SET balance = balance + 1 WHERE id = ?", ((i,) for i in range(1, rows + 1)))


def retiring(extension, storage, rows, versions):
    for is_one_commit, shape in ((True, "a commit a time"), (False, "a commit a row")):
        with tempfile.TemporaryDirectory() as folder:
            store = Store(extension, folder, "retire.db", True, storage)
            store.bulk(rows)
            for _ in range(versions):
                update(store, rows, is_one_commit)
            before, digest = size_of(store), store.one("SELECT spectradb_digest()")
            seconds, _ = timed(lambda: store.one("SELECT spectradb_retire('account', spectradb_commit())"))
            said = store.one("SELECT spectradb_verify(?)", digest)
            assert said.startswith(f"ok; facts that are retired: {rows * versions}"), said
            yield (f"retiring all that is superseded: {rows} rows updated {versions} times, {shape}",
                   f"{seconds:.2f} s of CPU, {before:,} bytes become {size_of(store):,}")


def main(arguments):
    given = dict(one.lstrip("-").split("=", 1) for one in arguments if "=" in one)
    is_quick = "--quick" in arguments
    rounds, extension = int(given.get("rounds", 3)), os.path.abspath(given["extension"])
    if not hasattr(sqlite3.Connection, "enable_load_extension"):
        sys.exit("this Python is built without loadable extensions of SQLite: run the part with another one first in PATH")
    storages = [given["storage"]] if "storage" in given else list(STORAGES)
    if any(storage not in STORAGES for storage in storages): sys.exit(f"--storage is one of {', '.join(STORAGES)}")
    scale = 10 if is_quick else 1
    parts = {"writing": (writing, rounds, 20_000 // scale, 200_000 // scale),
             "proving": (proving, int(given.get("commits", 100_000 // scale))),
             "verifying": (verifying, rounds, 200_000 // scale, 200),
             "retiring": (retiring, 5000 // scale, 20),
             "erasing": (erasing, int(given.get("erase-of", 100_000 // scale)), int(given.get("subjects", 1000 // scale)))}
    if "part" in given and given["part"] not in parts: sys.exit(f"--part is one of {', '.join(parts)}")
    figures = []
    print("| what | figure |\n|---|---|")
    for measure, *sizes in [parts[given["part"]]] if "part" in given else parts.values():
        for storage in storages:
            for name, figure in measure(extension, storage, *sizes):
                name += ", " + STORAGES[storage]
                figures.append({"name": name, "figure": figure})
                print(f"| {name} | {figure} |", flush=True)
    published = [{"name": f"immudb, as published: {shape}", "figure": f"{entries / 1e6:.1f} M entries/s"} for shape, entries in IMMUDB_ENTRIES.items()]
    for one in published: print(f"| {one['name']} | {one['figure']} |")
    print(f"\nimmudb's figures are of {IMMUDB}: wall time of several threads, on another machine.")
    pathlib.Path(given["json"]).write_text(json.dumps({"ledger": figures, "published": published, "source": IMMUDB}), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
