"""A plugin of sqlite-utils (3.34 or later): its connections understand temporal SQL."""

from ._connecting import load

try:
    from sqlite_utils import hookimpl
except ImportError:  # an older sqlite-utils loads the extension by --load-extension
    pass
else:

    @hookimpl
    def prepare_connection(conn):
        load(conn)
