"""A client of dqlite's wire protocol, version 1: as much as the demo needs, without a package."""
import socket
import struct
import time

LEADER, OPEN, EXEC_SQL, QUERY_SQL, ADD, ASSIGN, DUMP, CLUSTER = 0, 3, 8, 9, 12, 13, 15, 16
VOTER = 0
INTEGER, FLOAT, TEXT, BLOB, NULL, UNIXTIME, ISO8601, BOOLEAN = 1, 2, 3, 4, 5, 9, 10, 11
BUSY, IO_ERROR = 5, 10  # an I/O error's extended codes say that a node does not lead, or leads no more
END_OF_BATCH, END_OF_ROWS = b"\xee" * 8, b"\xff" * 8


class Refused(Exception):
    """The node answered with an error; nothing of the statement was done."""

    def __init__(self, code, message):
        super().__init__(f"{message} ({code})")
        self.code = code


class Lost(Exception):
    """The node did not answer, or leads no more: whether what was sent was done is not known."""


def encode_text(text):
    encoded = text.encode() + b"\0"
    return encoded + b"\0" * (-len(encoded) % 8)


def encode_parameters(values):
    if not values:
        return b""
    types, body = bytearray([len(values)]), b""
    for value in values:
        if value is None:
            types.append(NULL)
            body += bytes(8)
        elif isinstance(value, int):
            types.append(INTEGER)
            body += struct.pack("<q", value)
        elif isinstance(value, float):
            types.append(FLOAT)
            body += struct.pack("<d", value)
        else:
            types.append(TEXT)
            body += encode_text(value)
    return bytes(types) + b"\0" * (-len(types) % 8) + body


class Reader:
    def __init__(self, message):
        self.message = message
        self.at = 0

    def take(self, size):
        taken = self.message[self.at : self.at + size]
        self.at += size
        return taken

    def word(self):
        return struct.unpack("<Q", self.take(8))[0]

    def text(self):
        end = self.message.index(b"\0", self.at)
        taken = self.message[self.at : end].decode()
        self.at = end + 8 - (end - self.at) % 8
        return taken

    def value(self, kind):
        if kind in (TEXT, ISO8601):
            return self.text()
        if kind == BLOB:
            size = self.word()
            return self.take(size + -size % 8)[:size]
        return struct.unpack("<d" if kind == FLOAT else "<q", self.take(8))[0]

    def row(self, width):
        """A tuple, or the mark behind the last row."""
        if self.message[self.at : self.at + 8] in (END_OF_BATCH, END_OF_ROWS):
            return self.take(8)
        size = (width + 1) // 2  # the types have four bits each
        header = self.take(size + -size % 8)
        kinds = [header[i // 2] >> 4 * (i % 2) & 15 for i in range(width)]
        values = [self.value(kind) for kind in kinds]
        return tuple(None if kind == NULL else value for kind, value in zip(kinds, values))


class Connection:
    """To one node. With a database it is of use on the leader only."""

    def __init__(self, address, database=None, timeout=10):
        host, port = address.rsplit(":", 1)
        self.address = address
        try:
            self.socket = socket.create_connection((host, int(port)), timeout)
            self.socket.sendall(struct.pack("<Q", 1))
        except OSError as error:
            raise Lost(f"{address}: {error}") from error
        if database is not None:
            self.ask(OPEN, encode_text(database) + bytes(8) + encode_text(""))

    def close(self):
        self.socket.close()

    def receive(self, size):
        parts = bytearray()
        while len(parts) < size:
            part = self.socket.recv(size - len(parts))
            if not part:
                raise Lost(f"{self.address}: the connection has ended")
            parts += part
        return bytes(parts)

    def answer(self):
        words, kind, _ = struct.unpack("<IBxH", self.receive(8))
        reader = Reader(self.receive(8 * words))
        if kind == 0:
            code, message = reader.word(), reader.text()
            if code & 255 == IO_ERROR or message == "barrier error":
                raise Lost(f"{self.address}: {message} ({code})")
            raise Refused(code, message)
        return reader

    def ask(self, kind, body):
        try:
            self.socket.sendall(struct.pack("<IBxH", len(body) // 8, kind, 0) + body)
            return self.answer()
        except OSError as error:
            raise Lost(f"{self.address}: {error}") from error

    def statement(self, kind, sql, parameters):
        body = bytes(8) + encode_text(sql) + encode_parameters(parameters)
        for _ in range(1000):
            try:
                return self.ask(kind, body)
            except Refused as refused:
                if refused.code != BUSY:
                    raise
                time.sleep(0.02)  # the leader is moving its WAL into its pages
        raise Lost(f"{self.address} stays busy")

    def execute(self, sql, *parameters):
        """What writes goes this way, and gives no rows. One text may have several statements."""
        self.statement(EXEC_SQL, sql, parameters)

    def query(self, sql, *parameters):
        reader = self.statement(QUERY_SQL, sql, parameters)
        rows = []
        while True:
            width = reader.word()
            for _ in range(width):
                reader.text()
            while isinstance(row := reader.row(width), tuple):
                rows.append(row)
            if row == END_OF_ROWS:
                return rows
            try:
                reader = self.answer()
            except OSError as error:
                raise Lost(f"{self.address}: {error}") from error

    def leader(self):
        """The leader's address as this node knows it, or an empty text."""
        reader = self.ask(LEADER, bytes(8))
        reader.word()
        return reader.text()

    def nodes(self):
        """(id, address, role) of each."""
        reader = self.ask(CLUSTER, struct.pack("<Q", 1))
        return [(reader.word(), reader.text(), reader.word()) for _ in range(reader.word())]

    def add_voter(self, number, address):
        self.ask(ADD, struct.pack("<Q", number) + encode_text(address))
        self.ask(ASSIGN, struct.pack("<QQ", number, VOTER))

    def dump(self, database):
        """This node's own copy, of a follower too: the bytes of the database and of its WAL."""
        reader = self.ask(DUMP, encode_text(database))
        files = []
        for _ in range(reader.word()):
            reader.text()
            files.append(reader.take(reader.word()))
        return files
