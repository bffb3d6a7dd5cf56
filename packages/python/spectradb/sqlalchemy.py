"""A dialect of SQLAlchemy (1.4 or later): create_engine("sqlite+spectradb:///my.db").

    prices = Table("prices", metadata, Column("sku", String, primary_key=True), Column("price", Float), spectradb_temporal=True)
    connection.execute(as_of(select(prices), 3))
"""

from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.sqlite.base import SQLiteDDLCompiler
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.schema import Table
from sqlalchemy.sql.expression import bindparam

from ._connecting import connect
from ._times import Time, to_time

_INTERNAL = "_spectradb_"


class SpectraDDLCompiler(SQLiteDDLCompiler):
    def post_create_table(self, table: Table) -> str:
        given = super().post_create_table(table)
        if not table.dialect_options["spectradb"].get("temporal"):
            return given
        if given.strip():
            raise ValueError(f"table {table.name} is temporal, and can have no {given.strip()}")
        return " WITH SYSTEM VERSIONING"


class SpectraDialect(SQLiteDialect_pysqlite):
    driver = "spectradb"
    supports_statement_cache = True
    ddl_compiler = SpectraDDLCompiler
    construct_arguments = [
        *SQLiteDialect_pysqlite.construct_arguments,
        (Table, {"temporal": None, **dict(next((o for t, o in SQLiteDialect_pysqlite.construct_arguments if t is Table), {}))}),
    ]

    def connect(self, *arguments: Any, **options: Any) -> Any:
        return connect(*arguments, **options)

    def get_table_names(self, connection: Any, *arguments: Any, **options: Any) -> Any:
        names = super().get_table_names(connection, *arguments, **options)
        return [name for name in names if not (name + "_").startswith(_INTERNAL)]

    def get_table_options(self, connection: Any, table_name: str, schema: Any = None, **options: Any) -> Any:
        where = f"{self.identifier_preparer.quote_identifier(schema)}." if schema else ""
        sql = f"SELECT 1 FROM {where}sqlite_master WHERE name = ? AND sql LIKE 'CREATE VIRTUAL TABLE % USING spectradb(%'"
        found = connection.exec_driver_sql(sql, (table_name,)).first()
        return {"spectradb_temporal": True} if found else {}


def as_of(query: Any, system_time: Time) -> Any:
    """A select() that reads what was known at a commit or a time, through all that it joins."""
    return _with_clause(query, "AS OF", "spectradb_as_of", system_time)


def valid_at(query: Any, valid_time: Time) -> Any:
    """A select() that reads what is true at a time."""
    return _with_clause(query, "VALID AT", "spectradb_valid_at", valid_time)


def _with_clause(query: Any, clause: str, name: str, value: Time) -> Any:
    return query.suffix_with(text(f"{clause} :{name}").bindparams(bindparam(name, to_time(value))))
