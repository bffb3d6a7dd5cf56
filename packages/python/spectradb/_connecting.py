"""How the extension comes into a connection."""

import ctypes
import inspect
import os
import sqlite3
from typing import Any, Iterable, Optional

_AS_IT_IS = "SPECTRADB_MODULE"  # names another module than the wheel's


def loadable_path() -> str:
    """The path of the extension, for whatever loads it: apsw, aiosqlite, sqlite-utils --load-extension."""
    path = os.environ.get(_AS_IT_IS) or os.path.join(os.path.dirname(os.path.abspath(__file__)), "spectradb.so")
    if not os.path.exists(path):
        raise sqlite3.NotSupportedError(f"the extension is not there: {path}; install the wheel, or name a build in {_AS_IT_IS}")
    return path


_NO_LOADING = "this Python was built without enable_load_extension(): open the database with spectradb.connect()"


def load(connection: Any) -> Any:
    """Loads the extension into a connection of sqlite3 or apsw, and returns the connection; of aiosqlite, what is to be
    awaited for it."""
    # Before 3.41 APSW has names of its own for these methods.
    enable = getattr(connection, "enable_load_extension", None) or getattr(connection, "enableloadextension", None)
    read = getattr(connection, "load_extension", None) or getattr(connection, "loadextension", None)
    if enable is None or read is None:
        raise sqlite3.NotSupportedError(_NO_LOADING)
    if inspect.iscoroutinefunction(enable):
        return _load_later(connection, enable, read)
    enable(True)
    try:
        read(loadable_path())
    finally:
        enable(False)
    return connection


async def _load_later(connection: Any, enable: Any, read: Any) -> Any:
    await enable(True)
    try:
        await read(loadable_path())
    finally:
        await enable(False)
    return connection


def is_hooked(connection: sqlite3.Connection) -> bool:
    """Whether temporal SQL goes into the connection as it is."""
    cursor = sqlite3.Cursor(connection)
    cursor.row_factory = None
    return bool(sqlite3.Cursor.execute(cursor, "SELECT spectradb_hooked()").fetchone()[0])


class Cursor(sqlite3.Cursor):
    """A cursor of a connection whose SQLite the extension cannot hook into: each text is rewritten first."""

    def _rewrite(self, sql: str) -> str:
        connection = self.connection
        if not getattr(connection, "is_rewriting", False):
            return sql
        asking = sqlite3.Cursor(connection)
        asking.row_factory = None
        return sqlite3.Cursor.execute(asking, "SELECT spectradb_sql(?)", (sql,)).fetchone()[0]

    def execute(self, sql: str, *parameters: Any) -> "Cursor":
        return super().execute(self._rewrite(sql), *parameters)  # type: ignore[return-value]

    def executemany(self, sql: str, parameters: Iterable[Any]) -> "Cursor":
        return super().executemany(self._rewrite(sql), parameters)  # type: ignore[return-value]

    def executescript(self, sql: str) -> "Cursor":
        if not getattr(self.connection, "is_rewriting", False):
            return super().executescript(sql)  # type: ignore[return-value]
        # Each statement may change what the next one means, so they are rewritten one by one.
        for statement in _statements(sql):
            super().executescript(self._rewrite(statement))
        return self


class Connection(sqlite3.Connection):
    """What connect() opens."""

    is_rewriting = False

    def cursor(self, factory: Any = Cursor) -> Any:
        return super().cursor(factory)

    def execute(self, sql: str, *parameters: Any) -> Any:
        return self.cursor().execute(sql, *parameters)

    def executemany(self, sql: str, parameters: Iterable[Any]) -> Any:
        return self.cursor().executemany(sql, parameters)

    def executescript(self, sql: str) -> Any:
        return self.cursor().executescript(sql)


def _statements(script: str) -> Iterable[str]:
    start = 0
    end = script.find(";")
    while end >= 0:
        if sqlite3.complete_statement(script[start : end + 1]):
            yield script[start : end + 1]
            start = end + 1
        end = script.find(";", end + 1)
    if script[start:].strip():
        yield script[start:]


class _AutoExtension:
    """While it lasts, SQLite loads the extension into every connection that this process opens: where the interpreter was
    built without enable_load_extension()."""

    def __enter__(self) -> None:
        import _sqlite3

        try:
            # These symbols are those of the very library that the interpreter uses.
            self._sqlite = ctypes.CDLL(_sqlite3.__file__)
            self._register = self._sqlite.sqlite3_auto_extension
            self._cancel = self._sqlite.sqlite3_cancel_auto_extension
        except (AttributeError, OSError) as error:
            raise sqlite3.NotSupportedError(
                "this Python was built without enable_load_extension(), and the functions of its SQLite are not to be found: "
                "use the system's Python, or one built with --enable-loadable-sqlite-extensions"
            ) from error
        module = ctypes.CDLL(loadable_path())
        self._init = ctypes.cast(module.sqlite3_spectradb_init, ctypes.c_void_p)
        self._register.argtypes = self._cancel.argtypes = [ctypes.c_void_p]
        if self._register(self._init) != 0:
            raise sqlite3.NotSupportedError("SQLite could not register the extension")

    def __exit__(self, *_: Any) -> None:
        self._cancel(self._init)


def connect(database: Any, *arguments: Any, factory: Optional[Any] = None, **options: Any) -> sqlite3.Connection:
    """As sqlite3.connect(), with the extension. Temporal SQL goes through it; where the interpreter carries an SQLite of its
    own, the connection rewrites each text (factory has to be a Connection of this package, then)."""
    factory = factory or Connection
    if hasattr(factory, "enable_load_extension"):
        connection = sqlite3.connect(database, *arguments, factory=factory, **options)
        try:
            load(connection)
        except BaseException:
            connection.close()
            raise
    else:
        with _AutoExtension():
            connection = sqlite3.connect(database, *arguments, factory=factory, **options)
    if not is_hooked(connection):
        if not isinstance(connection, Connection):
            connection.close()
            raise sqlite3.NotSupportedError(
                "this Python carries an SQLite of its own: temporal SQL needs a connection class derived from spectradb.Connection"
            )
        connection.is_rewriting = True
    return connection
