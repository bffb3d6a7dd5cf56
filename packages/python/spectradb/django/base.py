"""The database backend."""

from django.db.backends.sqlite3 import base, introspection, operations, schema

from .._connecting import is_hooked, load

_INTERNAL = "_spectradb_"


def is_temporal(model):
    return any(getattr(manager, "is_temporal", False) for manager in model._meta.managers)


class DatabaseIntrospection(introspection.DatabaseIntrospection):
    def get_table_list(self, cursor):
        return [table for table in super().get_table_list(cursor) if not (table.name + "_").startswith(_INTERNAL)]


class DatabaseOperations(operations.DatabaseOperations):
    compiler_module = "spectradb.django.compiler"


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    # A table that a migration makes anew goes on with its history, as all of it is one transaction.
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
