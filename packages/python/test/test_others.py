"""Connections of APSW and aiosqlite."""

import asyncio
import unittest

import aiosqlite
import apsw

import spectradb

SCRIPT = "CREATE TABLE prices (sku TEXT PRIMARY KEY, price REAL) WITH SYSTEM VERSIONING; INSERT INTO prices VALUES ('a', 10); UPDATE prices SET price = 8"
QUERY = "SELECT price FROM prices AS OF ?"


class Others(unittest.TestCase):
    def test_apsw(self):
        connection = apsw.Connection(":memory:")
        self.assertIs(spectradb.load(connection), connection)
        connection.cursor().execute(SCRIPT)
        self.assertEqual(list(connection.cursor().execute(QUERY, (1,))), [(10.0,)])
        with self.assertRaises(apsw.Error):
            connection.cursor().execute("SELECT load_extension('nothing')")

    def test_aiosqlite(self):
        async def use():
            async with aiosqlite.connect(":memory:") as connection:
                self.assertIs(await spectradb.load(connection), connection)
                await connection.executescript(SCRIPT)
                return await (await connection.execute(QUERY, (1,))).fetchall()

        self.assertEqual(asyncio.run(use()), [(10.0,)])


if __name__ == "__main__":
    unittest.main()
