"""Queries with the clauses that their querysets were given."""

from django.core.exceptions import FieldError
from django.db.models.sql import compiler
from django.db.models.sql.compiler import *  # noqa: F401,F403


class SQLCompiler(compiler.SQLCompiler):
    def as_sql(self, *arguments, **options):
        sql, parameters = super().as_sql(*arguments, **options)
        for clause, given in getattr(self.query, "spectradb_clauses", {}).items():
            sql += " " + clause
            parameters = (*parameters, *given)
        return sql, parameters


class SQLInsertCompiler(compiler.SQLInsertCompiler, SQLCompiler):
    pass


class SQLUpdateCompiler(compiler.SQLUpdateCompiler, SQLCompiler):
    def as_sql(self):
        refuse(self.query)
        return compiler.SQLUpdateCompiler.as_sql(self)


class SQLDeleteCompiler(compiler.SQLDeleteCompiler, SQLCompiler):
    def as_sql(self):
        refuse(self.query)
        return compiler.SQLDeleteCompiler.as_sql(self)


class SQLAggregateCompiler(compiler.SQLAggregateCompiler, SQLCompiler):
    def as_sql(self):
        # The inner query has the clauses.
        return compiler.SQLAggregateCompiler.as_sql(self)


def refuse(query):
    if getattr(query, "spectradb_clauses", None):
        raise FieldError("what reads at a time cannot be written")
