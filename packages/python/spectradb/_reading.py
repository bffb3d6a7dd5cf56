"""The past, and what changed."""

import contextlib
import datetime
import json
import sqlite3
import time
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from ._times import Time, to_time

Key = Union[None, int, float, str, bytes, datetime.datetime, datetime.date, Sequence[Any]]


class Fact(NamedTuple):
    """Something that was told: a row of spectradb_history()."""

    commit_no: int
    committed_at: Optional[str]
    operation: str
    key: Any
    row: Optional[Dict[str, Any]]
    valid_from: Union[None, int, str]
    valid_to: Union[None, int, str]
    system_from: Optional[int]
    system_to: Optional[int]
    notes: Optional[Dict[str, Any]]


class Difference(NamedTuple):
    """What differs between two times: a row of spectradb_diff()."""

    operation: str
    key: Any
    before: Optional[Dict[str, Any]]
    after: Optional[Dict[str, Any]]
    valid_from: Union[None, int, str]
    valid_to: Union[None, int, str]


class Change(NamedTuple):
    """What a commit did to one key."""

    table: str
    operation: str
    key: Any
    row: Optional[Dict[str, Any]]
    valid_from: Union[None, int, str]
    valid_to: Union[None, int, str]


class Commit:
    """A commit, with its changes."""

    def __init__(self, number: int, at: str, notes: Optional[Dict[str, Any]], acknowledge: Callable[[], None]) -> None:
        self.commit_no = number
        self.committed_at = at
        self.notes = notes
        self.changes: List[Change] = []
        self.is_acknowledged = False
        self._acknowledge = acknowledge

    def acknowledge(self) -> None:
        """Says that the consumer is done with it, in the transaction that is open. The loop says so itself when it goes on."""
        if not self.is_acknowledged:
            self._acknowledge()
        self.is_acknowledged = True

    def __repr__(self) -> str:
        return f"<commit {self.commit_no} with {len(self.changes)} changes>"


def _rows(connection: sqlite3.Connection, sql: str, parameters: Sequence[Any] = ()) -> List[Tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, parameters).fetchall()


def _key(value: Any) -> Any:
    return to_time(value) if isinstance(value, datetime.date) else value


def _spelled(value: Any) -> str:
    """A value of a key of several columns, in the extension's JSON."""
    value = _key(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        value = f"X'{bytes(value).hex()}'"
    return json.dumps(value)


def _json(text: Any) -> Any:
    return json.loads(text) if isinstance(text, str) else text


@contextlib.contextmanager
def _session_time(connection: sqlite3.Connection, function: str, value: Time) -> Iterator[sqlite3.Connection]:
    before = _rows(connection, f"SELECT {function}()")[0][0]
    _rows(connection, f"SELECT {function}(?)", (to_time(value),))
    try:
        yield connection
    finally:
        _rows(connection, f"SELECT {function}(?)", (before,))


def as_of(connection: sqlite3.Connection, system_time: Time) -> "contextlib.AbstractContextManager[sqlite3.Connection]":
    """While it lasts, the connection reads what was known at that commit or time, and cannot write temporal tables."""
    return _session_time(connection, "spectradb_as_of", system_time)


def valid_at(connection: sqlite3.Connection, valid_time: Time) -> "contextlib.AbstractContextManager[sqlite3.Connection]":
    """While it lasts, the connection reads what is true at that time."""
    return _session_time(connection, "spectradb_valid_at", valid_time)


def commit_no(connection: sqlite3.Connection) -> int:
    """The number of the last commit."""
    return _rows(connection, "SELECT spectradb_commit()")[0][0]


def history(connection: sqlite3.Connection, table: str, key: Key = None) -> List[Fact]:
    """Every fact of a table, or of one key, oldest first; the key of several columns is a sequence."""
    arguments: List[Any] = [table]
    if key is not None:
        arguments.append(f"[{','.join(map(_spelled, key))}]" if isinstance(key, (list, tuple)) else _key(key))
    marks = ", ".join("?" * len(arguments))
    rows = _rows(
        connection,
        "SELECT h.commit_no, h.committed_at, operation, key, row, _valid_from, _valid_to, _system_from, _system_to, notes "
        f"FROM spectradb_history({marks}) AS h LEFT JOIN spectradb_commits AS c USING (commit_no)",
        arguments,
    )
    return [Fact(*row[:4], _json(row[4]), *row[5:9], _json(row[9])) for row in rows]


def diff(
    connection: sqlite3.Connection, table: str, since: Time, until: Optional[Time] = None, valid: Optional[Time] = None
) -> List[Difference]:
    """What differs between two system times (until now), at a valid time; 'all' means all valid time."""
    rows = _rows(
        connection,
        "SELECT operation, key, before, after, _valid_from, _valid_to FROM spectradb_diff(?, ?, ?, ?)",
        [table, to_time(since), None if until is None else to_time(until), None if valid is None else to_time(valid)],
    )
    return [Difference(row[0], row[1], _json(row[2]), _json(row[3]), row[4], row[5]) for row in rows]


def annotate(connection: sqlite3.Connection, **notes: Any) -> None:
    """Says who and why, of the transaction that is open; begins one where none is."""
    if not connection.in_transaction:
        connection.execute("BEGIN")
    for name, value in notes.items():
        _rows(connection, "SELECT spectradb_annotate(?, ?)", (name, value))


class _Cursor:
    """Where a named consumer is, in an ordinary table of the database."""

    def __init__(self, connection: sqlite3.Connection, consumer: str, table: str) -> None:
        self._connection = connection
        self._consumer = consumer
        self._table = '"' + table.replace('"', '""') + '"'
        _rows(
            connection,
            f"CREATE TABLE IF NOT EXISTS {self._table} (consumer TEXT PRIMARY KEY, commit_no INTEGER NOT NULL) WITHOUT ROWID",
        )

    def read(self) -> int:
        rows = _rows(self._connection, f"SELECT commit_no FROM {self._table} WHERE consumer = ?", (self._consumer,))
        return rows[0][0] if rows else 0

    def write(self, number: int) -> None:
        was_open = self._connection.in_transaction
        _rows(
            self._connection,
            f"INSERT INTO {self._table} VALUES (?, ?) ON CONFLICT (consumer) DO UPDATE SET commit_no = excluded.commit_no",
            (self._consumer, number),
        )
        if not was_open and self._connection.in_transaction:
            self._connection.commit()


def _commit_of(connection: sqlite3.Connection, since: Time) -> int:
    """The last commit at or before a time; a number is one."""
    given = to_time(since)
    if isinstance(given, int):
        return given
    return _rows(connection, "SELECT coalesce(max(commit_no), 0) FROM spectradb_commits WHERE committed_at <= ?", (given,))[0][0]


def changes(
    connection: sqlite3.Connection,
    table: Optional[str] = None,
    since: Optional[Time] = None,
    *,
    consumer: Optional[str] = None,
    follow: bool = False,
    interval: float = 0.1,
    cursor_table: str = "spectradb_cursors",
) -> Iterator[Commit]:
    """The commits behind `since` with their changes, and where `follow` is set those that come.

    With a `consumer`, the database remembers how far that one is: a commit is acknowledged when the loop goes on to the next,
    or by acknowledge() in a transaction of the reader's own, so that it is neither lost nor seen twice.
    """
    cursor = _Cursor(connection, consumer, cursor_table) if consumer is not None else None
    at = _commit_of(connection, since) if since is not None else cursor.read() if cursor is not None else 0
    window = 1000
    while True:
        last = commit_no(connection)
        if at >= last:
            if not follow:
                return
            time.sleep(interval)
            continue
        until = min(at + window, last)
        for commit in _commits(connection, table, at, until, cursor):
            yield commit
            commit.acknowledge()
        at = until


def _commits(
    connection: sqlite3.Connection, table: Optional[str], since: int, until: int, cursor: Optional[_Cursor]
) -> List[Commit]:
    rows = _rows(
        connection,
        "SELECT commit_no, committed_at, table_name, operation, key, row, _valid_from, _valid_to FROM spectradb_changes(?, ?) "
        "WHERE commit_no <= ? ORDER BY commit_no",
        (table, since, until),
    )
    found: List[Commit] = []
    for number, at, *change in rows:
        if not found or found[-1].commit_no != number:
            notes = _rows(connection, "SELECT notes FROM spectradb_commits WHERE commit_no = ?", (number,))
            acknowledge = (lambda number=number: cursor.write(number)) if cursor is not None else (lambda: None)
            found.append(Commit(number, at, _json(notes[0][0]) if notes else None, acknowledge))
        found[-1].changes.append(Change(change[0], change[1], change[2], _json(change[3]), change[4], change[5]))
    return found
