"""SpectraDB for SQLite: tables that keep every version of every row, by commit and by the time at which it is true.

    import spectradb

    db = spectradb.connect("my.db")
    db.execute("CREATE TABLE prices (sku TEXT PRIMARY KEY, price REAL) WITH SYSTEM VERSIONING")
    db.execute("SELECT price FROM prices AS OF ?", (1,))

    with spectradb.as_of(db, "yesterday"):
        ...  # everything that db reads here is as it was
"""

from sqlite3 import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    Warning,
    apilevel,
    paramstyle,
    threadsafety,
)

from ._connecting import Connection, Cursor, connect, is_hooked, load, loadable_path
from ._reading import (
    Change,
    Commit,
    Difference,
    Fact,
    annotate,
    as_of,
    changes,
    commit_no,
    diff,
    history,
    valid_at,
)
from ._times import Time, register_adapters, to_time

__version__ = "0.1.0"

__all__ = [
    "Change",
    "Commit",
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Difference",
    "Error",
    "Fact",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "Time",
    "Warning",
    "annotate",
    "apilevel",
    "as_of",
    "changes",
    "commit_no",
    "connect",
    "diff",
    "history",
    "is_hooked",
    "load",
    "loadable_path",
    "paramstyle",
    "register_adapters",
    "threadsafety",
    "to_time",
    "valid_at",
]
