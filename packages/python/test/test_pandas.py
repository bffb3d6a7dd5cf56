"""pandas: reads at a time, and appends; and sqlite-utils, which is told by an option."""

import os
import subprocess
import tempfile
import unittest

import pandas

import spectradb


class Frames(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.directory.name, "my.db")
        self.db = spectradb.connect(self.path)
        self.db.execute("CREATE TABLE prices (sku TEXT PRIMARY KEY, price REAL) WITH SYSTEM VERSIONING")
        self.db.execute("INSERT INTO prices VALUES ('a', 10)")
        self.db.commit()

    def tearDown(self):
        self.db.close()
        self.directory.cleanup()

    def test_frames(self):
        pandas.DataFrame({"sku": ["b", "c"], "price": [2.0, 3.0]}).to_sql("prices", self.db, if_exists="append", index=False)
        self.assertEqual(list(pandas.read_sql("SELECT * FROM prices ORDER BY sku", self.db).price), [10, 2, 3])
        self.assertEqual(list(pandas.read_sql("SELECT * FROM prices AS OF 1", self.db).price), [10])
        self.assertEqual(list(pandas.read_sql("SELECT * FROM prices AS OF ?", self.db, params=(1,)).sku), ["a"])
        self.assertEqual(len(spectradb.history(self.db, "prices")), 3)
        with spectradb.as_of(self.db, 1):
            self.assertEqual(len(pandas.read_sql("SELECT * FROM prices", self.db)), 1)

    def test_sqlite_utils(self):
        command = ["/usr/bin/sqlite-utils", "query", self.path, "SELECT price FROM prices AS OF 1", "--csv", "--load-extension", spectradb.loadable_path()]
        run = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(run.stdout.split(), ["price", "10.0"], run.stderr)


if __name__ == "__main__":
    unittest.main()
