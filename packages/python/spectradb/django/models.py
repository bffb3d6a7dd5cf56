"""Models whose tables keep their history."""

from typing import Any

from django.db import models
from django.db.models.expressions import RawSQL

from .._times import to_time
from .compiler import refuse

_PERIODS = {"system_from": "_system_from", "system_to": "_system_to", "valid_from": "_valid_from", "valid_to": "_valid_to"}


class TemporalQuerySet(models.QuerySet):
    def _with_clause(self, clause: str, parameters: tuple) -> "TemporalQuerySet":
        query = self._chain()
        query.query.spectradb_clauses = {**getattr(query.query, "spectradb_clauses", {}), clause: parameters}
        return query

    def as_of(self, system_time: Any) -> "TemporalQuerySet":
        """What was known at a commit or a time."""
        return self._with_clause("AS OF %s", (to_time(system_time),))

    def valid_at(self, valid_time: Any) -> "TemporalQuerySet":
        """What is true at a time."""
        return self._with_clause("VALID AT %s", (to_time(valid_time),))

    def delete(self) -> Any:
        # Where other models refer to this one, Django reads the rows first and then deletes them by their
        # keys.
        refuse(self.query)
        return super().delete()

    delete.alters_data = True
    delete.queryset_only = True


class TemporalManager(models.Manager.from_queryset(TemporalQuerySet)):
    # A migration recognizes by the manager that the model's table is temporal.
    use_in_migrations = True
    is_temporal = True


class HistoryManager(models.Manager.from_queryset(TemporalQuerySet)):
    """Every version that ever held, with its periods."""

    def get_queryset(self) -> TemporalQuerySet:
        table = self.model._meta.db_table.replace('"', '""')
        query = super().get_queryset()._with_clause("FOR SYSTEM_TIME ALL FOR VALID_TIME ALL", ())
        return query.annotate(**{name: RawSQL(f'"{table}".{column}', ()) for name, column in _PERIODS.items()})


class TemporalModel(models.Model):
    objects = TemporalManager()
    history = HistoryManager()

    class Meta:
        abstract = True
