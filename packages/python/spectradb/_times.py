"""Times as the extension reads them."""

import datetime
import sqlite3
from typing import Union

Time = Union[int, str, datetime.datetime, datetime.date]


def to_time(value: Time) -> Union[int, str]:
    """A number or text as it is; a datetime as text in UTC (a naive one is in UTC already), a date as its beginning."""
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return value.isoformat(" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise TypeError(f"a time is an int, a str, a datetime or a date, not {type(value).__name__}")
    return value


def register_adapters() -> None:
    """Lets every connection of the process take datetime and date as parameters, in UTC. Python's own adapters do the same
    for naive ones, and warn since 3.12."""
    sqlite3.register_adapter(datetime.datetime, to_time)
    sqlite3.register_adapter(datetime.date, to_time)
