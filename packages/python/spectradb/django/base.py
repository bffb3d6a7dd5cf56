"""The database backend."""

from django.db.backends.sqlite3 import base, introspection, operations, schema

from .._connecting import is_hooked, load

_INTERNAL = "_spectradb_"


def is_temporal(model):
    return any(getattr(manager, "is_temporal", False) for manager in model._meta.managers)


class DatabaseIntrospection(introspection.DatabaseIntrospection):
    def get_table_list(self, cursor):
        return [table for table in super().get_table_list(cursor) if not (table.name + "_").startswith(_INTERNAL)]

    def get_constraints(self, cursor, table_name):
        # Django reads the texts of indexes from sqlite_master, which has none of temporal tables.
        found = super().get_constraints(cursor, table_name)
        name = self.connection.ops.quote_name
        cursor.execute(f"PRAGMA index_list({name(table_name)})")
        for _, index, unique, origin, *_ in cursor.fetchall():
            if index in found or origin != "c":
                continue
            cursor.execute(f"PRAGMA index_info({name(index)})")
            columns = [column for _, _, column in cursor.fetchall()]
            if columns and None not in columns:
                found[index] = {
                    "columns": columns,
                    "primary_key": False,
                    "unique": bool(unique),
                    "foreign_key": None,
                    "check": False,
                    "index": True,
                    "type": "idx",
                    "orders": ["ASC"] * len(columns),
                }
        return found


class DatabaseOperations(operations.DatabaseOperations):
    compiler_module = "spectradb.django.compiler"


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    # A table that a migration makes anew keeps its history, because the migration is one transaction.
    def table_sql(self, model):
        sql, parameters = super().table_sql(model)
        return (sql + " WITH SYSTEM VERSIONING" if is_temporal(model) else sql), parameters


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = DatabaseSchemaEditor
    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations

    def get_new_connection(self, conn_params):
        connection = load(super().get_new_connection(conn_params))
        if not is_hooked(connection):
            connection.close()
            raise base.Database.NotSupportedError("Django's texts go to SQLite itself: it needs a Python that uses the system's SQLite")
        return connection
