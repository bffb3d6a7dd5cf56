"""The package as it is installed, with sqlite3 alone."""

import datetime
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import spectradb

SCRIPT = """
CREATE TABLE prices (sku TEXT PRIMARY KEY, price REAL) WITH SYSTEM VERSIONING;
INSERT INTO prices VALUES ('a', 10) VALID FROM '2026-01-01';  -- a comment; with a semicolon
UPDATE prices FOR PORTION OF VALID_TIME FROM '2026-06-01' TO '2026-07-01' SET price = 8;
"""


class WithoutExtensions(spectradb.Connection):
    """What a Python has that was built without enable_load_extension()."""

    @property
    def enable_load_extension(self):
        raise AttributeError("enable_load_extension")


WithoutExtensions.enable_load_extension  # the class still has it; only its instances lack it


class _Hiding(type):
    def __getattribute__(cls, name):
        if name == "enable_load_extension":
            raise AttributeError(name)
        return super().__getattribute__(name)


class Hidden(WithoutExtensions, metaclass=_Hiding):
    """but not this one."""


class Core(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.directory.name, "my.db")
        self.db = spectradb.connect(self.path)
        self.db.executescript(SCRIPT)

    def tearDown(self):
        self.db.close()
        self.directory.cleanup()

    def one(self, sql, *parameters):
        return self.db.execute(sql, parameters).fetchone()[0]

    def test_temporal_sql(self):
        self.assertIsInstance(self.db, sqlite3.Connection)
        self.assertEqual(self.one("SELECT price FROM prices VALID AT ? AS OF ?", "2026-06-15", 1), 10)
        rows = self.db.execute(
            "INSERT INTO prices VALUES (:sku, 3) ON CONFLICT (sku) DO UPDATE SET price = 4 RETURNING sku, price", {"sku": "b"}
        ).fetchall()
        self.assertEqual(rows, [("b", 3.0)])
        self.db.executemany("INSERT INTO prices VALUES (?, ?)", [("c", 1), ("d", 2)])
        self.db.commit()
        self.assertEqual(self.one("SELECT count(*) FROM prices"), 4)
        self.assertTrue(os.path.exists(spectradb.loadable_path()))

    def test_exceptions(self):
        self.assertIs(spectradb.IntegrityError, sqlite3.IntegrityError)
        with self.assertRaises(spectradb.IntegrityError):
            self.db.execute("INSERT INTO prices VALUES ('a', 1)")
        with self.assertRaises(spectradb.OperationalError):
            self.db.execute("SELECT * FROM prices AS OF 99").fetchall()

    def test_times(self):
        with spectradb.as_of(self.db, 1) as same:
            self.assertIs(same, self.db)
            with spectradb.valid_at(self.db, datetime.date(2026, 6, 15)):
                self.assertEqual(self.one("SELECT price FROM prices"), 10)
                with spectradb.as_of(self.db, 2):
                    self.assertEqual(self.one("SELECT price FROM prices"), 8)
                self.assertEqual(self.one("SELECT price FROM prices"), 10)
        self.assertIsNone(self.one("SELECT spectradb_as_of()"))
        self.assertIsNone(self.one("SELECT spectradb_valid_at()"))
        with self.assertRaises(ZeroDivisionError), spectradb.as_of(self.db, 1):
            1 / 0
        self.assertIsNone(self.one("SELECT spectradb_as_of()"))
        zone = datetime.timezone(datetime.timedelta(hours=2))
        self.assertEqual(spectradb.to_time(datetime.datetime(2026, 6, 1, 2, 0, tzinfo=zone)), "2026-06-01 00:00:00")
        for wrong in (None, 1.5, True):
            with self.assertRaises(TypeError), spectradb.as_of(self.db, wrong):
                pass

    def test_adapters(self):
        spectradb.register_adapters()
        zone = datetime.timezone(datetime.timedelta(hours=2))
        at = datetime.datetime(2026, 6, 1, 2, 0, tzinfo=zone)
        self.assertEqual(self.one("SELECT price FROM prices VALID AT ?", at), 8)
        self.assertEqual(self.one("SELECT price FROM prices VALID AT ?", datetime.date(2026, 5, 31)), 10)

    def test_what_changed(self):
        with self.db:
            spectradb.annotate(self.db, author="ann", ticket=17)
            self.db.execute("INSERT INTO prices VALUES ('b', 5)")
        (fact,) = spectradb.history(self.db, "prices", "b")
        self.assertEqual((fact.operation, fact.row, fact.notes), ("insert", {"sku": "b", "price": 5.0}, {"author": "ann", "ticket": 17}))
        self.assertEqual(len(spectradb.history(self.db, "prices")), 3)
        self.assertEqual([(d.operation, d.key, d.before) for d in spectradb.diff(self.db, "prices", 2)], [("insert", "b", None)])
        self.assertEqual(len(spectradb.diff(self.db, "prices", 1, 2, "all")), 1)
        self.db.execute("CREATE TABLE pair (a, b, v, PRIMARY KEY (a, b)) WITH SYSTEM VERSIONING")
        self.db.execute("INSERT INTO pair VALUES ('x', 'y', 1)")
        self.db.commit()
        self.assertEqual(len(spectradb.history(self.db, "pair", ("x", "y"))), 1)
        self.db.execute("CREATE TABLE odd (a BLOB, b REAL, c TEXT, d INTEGER, PRIMARY KEY (a, b, c, d)) WITH SYSTEM VERSIONING")
        odd = (b"\x01\xff", -0.5, datetime.date(2026, 1, 1), 2**53 + 1)
        self.db.execute("INSERT INTO odd VALUES (?, ?, ?, ?)", (*odd[:2], "2026-01-01", odd[3]))
        self.db.commit()
        self.assertEqual(len(spectradb.history(self.db, "odd", odd)), 1)
        self.assertEqual(len(spectradb.history(self.db, "odd", (*odd[:3], 2**53))), 0)
        self.db.row_factory = sqlite3.Row
        self.assertEqual(len(spectradb.history(self.db, "prices")), 3)

    def test_changes(self):
        def read(db, **options):
            return [(commit.commit_no, [change.key for change in commit.changes]) for commit in spectradb.changes(db, **options)]

        self.assertEqual(read(self.db, consumer="mail"), [(1, ["a"]), (2, ["a"])])
        self.assertEqual(read(self.db, consumer="mail"), [])
        self.assertEqual(read(self.db, since=1), [(2, ["a"])])
        now = datetime.datetime.now(datetime.timezone.utc)
        for since in ("yesterday", now - datetime.timedelta(days=1), datetime.date(2020, 1, 1)):
            self.assertEqual([number for number, _ in read(self.db, since=since)], [1, 2])
        self.assertEqual(read(self.db, since=now + datetime.timedelta(hours=1)), [])
        self.db.execute("INSERT INTO prices VALUES ('b', 1)")
        self.db.commit()
        with self.assertRaises(RuntimeError):
            for commit in spectradb.changes(self.db, consumer="mail"):
                raise RuntimeError
        other = spectradb.connect(self.path)
        seen = []
        for commit in spectradb.changes(other, consumer="mail", follow=True, interval=0.01):
            seen.append(commit.commit_no)
            if len(seen) == 1:
                self.db.execute("INSERT INTO prices VALUES ('c', 1)")
                self.db.commit()
            else:
                commit.acknowledge()
                break
        self.assertEqual(seen, [3, 4])
        self.assertEqual(read(other, consumer="mail"), [])
        other.close()

    def test_without_extensions(self):
        self.assertFalse(hasattr(Hidden, "enable_load_extension"))
        db = spectradb.connect(self.path, factory=Hidden)
        self.assertEqual(db.execute("SELECT price FROM prices AS OF 1 VALID AT '2026-06-15'").fetchone()[0], 10)
        db.close()
        with sqlite3.connect(":memory:") as plain, self.assertRaises(sqlite3.OperationalError):
            plain.execute("SELECT spectradb_version()")  # no other connection has the extension
        with self.assertRaisesRegex(spectradb.NotSupportedError, "enable_load_extension"):
            spectradb.load(object())

    def test_an_sqlite_of_its_own(self):
        # Without the hook each text is rewritten, and this whole file is run once more.
        if os.environ.get("SPECTRADB_NO_HOOK"):
            self.assertFalse(spectradb.is_hooked(self.db))
            with self.assertRaises(spectradb.NotSupportedError):
                spectradb.connect(":memory:", factory=sqlite3.Connection)
            return
        self.assertTrue(spectradb.is_hooked(self.db))
        environment = dict(os.environ, SPECTRADB_NO_HOOK="1")
        run = subprocess.run([sys.executable, __file__], env=environment, capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)


if __name__ == "__main__":
    unittest.main()
