"""What a node asks of PostgreSQL, listened to on the way, and the same as a script of pgbench."""

import re
import socket
import struct
import threading
from dataclasses import dataclass, field

from pg_data import PREFIX, base_of

ID = re.compile(r"(?<![0-9a-z])c[0-9a-z]{24}(?![0-9a-z])")


@dataclass
class Transaction:
    """Its statements, each with its values, in the batches that were sent together."""

    batches: list = field(default_factory=list)

    def statements(self):
        return [statement for batch in self.batches for statement in batch]

    def holds(self, text):
        return any(text in statement or text in values for statement, values in self.statements())


class Listener:
    """Lets a node reach the server through a port of its own, and keeps the transactions that it ran."""

    def __init__(self, server_port):
        self.server_port = server_port
        self.transactions = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.server_port))
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=pass_on, args=(server, client, None), daemon=True).start()
            threading.Thread(target=pass_on, args=(client, server, Reader(self.transactions)), daemon=True).start()

    def close(self):
        self.socket.close()


def pass_on(source, target, reader):
    try:
        while data := source.recv(1 << 16):
            if reader:
                reader.feed(data)
            target.sendall(data)
    except OSError:
        pass
    for one in (source, target):
        one.close()


class Reader:
    """Reads what one connection sends: https://www.postgresql.org/docs/current/protocol-message-formats.html"""

    def __init__(self, into):
        self.into = into
        self.waiting = b""
        self.has_started = False
        self.texts = {}
        self.bound = None
        self.batch = []
        self.transaction = Transaction()

    def feed(self, data):
        self.waiting += data
        while True:
            head = 1 if self.has_started else 0
            if len(self.waiting) < head + 4:
                return
            length = head + struct.unpack_from("!i", self.waiting, head)[0]
            if len(self.waiting) < length:
                return
            message, self.waiting = self.waiting[:length], self.waiting[length:]
            if self.has_started:
                self.take(message[:1], message[5:])
            self.has_started = True

    def take(self, kind, body):
        if kind == b"P":
            name, text = body.split(b"\0")[:2]
            self.texts[name] = text.decode()
        elif kind == b"B":
            self.bound = self.read_bound(body)
        elif kind == b"E":
            self.batch.append(self.bound)
        elif kind == b"S":
            self.end_batch()

    def read_bound(self, body):
        _, name, rest = body.split(b"\0", 2)
        formats = struct.unpack_from("!h", rest)[0]
        at = 2 + 2 * formats
        count = struct.unpack_from("!h", rest, at)[0]
        at += 2
        values = []
        for _ in range(count):
            length = struct.unpack_from("!i", rest, at)[0]
            at += 4
            values.append(None if length < 0 else rest[at:at + length].decode())
            at += max(length, 0)
        return self.texts[name], tuple(values)

    def end_batch(self):
        if self.batch:
            self.transaction.batches.append(self.batch)
        self.batch = []
        statements = self.transaction.statements()
        if statements and (not statements[0][0].startswith("BEGIN") or statements[-1][0] in ("COMMIT", "ROLLBACK")):
            self.into.append(self.transaction)
            self.transaction = Transaction()


class Script:
    """A script of pgbench whose every run is `transactions` again, for other rows: each id of `rows` (id: noun and number of
    the row within one run) is reckoned, ids of `kept` stay, and all others are new ones. `first_row` says in the language
    of pgbench which rows a run works on."""

    def __init__(self, transactions, rows, kept, settings, pipelines):
        self.rows, self.kept = rows, kept
        self.fresh = {}
        self.used = {}
        self.statements = 0
        self.round_trips = 0
        body = [line for transaction in transactions for line in self.lines_of(transaction, pipelines)]
        self.text = "\n".join([
            r"\set counter :counter + 1", r"\set i :start + :counter * :clients + :client_id", *settings,
            rf"\set fresh {base_of('fresh')} + :stamp * 1000000000000000 + (:counter * 64 + :client_id) * 1000",
            *self.used.values(), *body]) + "\n"

    def lines_of(self, transaction, pipelines):
        batches = transaction.batches
        if len(batches) > 1 and [text for text, _ in batches[-1]] == ["COMMIT"]:  # nobody waits for the end of a read
            batches = [*batches[:-2], batches[-2] + batches[-1]]
        for batch in batches:
            self.statements += len(batch)
            self.round_trips += 1 if pipelines else len(batch)
            if pipelines:
                yield r"\startpipeline"
            for text, values in batch:
                yield self.statement(text, values) + ";"
            if pipelines:
                yield r"\endpipeline"

    def statement(self, text, values):
        return re.sub(r"\$(\d+)", lambda place: self.value(values[int(place[1]) - 1]), text)

    def value(self, value):
        if value is None:
            return "NULL"
        if value[:1] in "{[" or not ID.search(value):  # JSON is only stored
            return literal(value)
        parts, end = [], 0
        for found in ID.finditer(value):
            parts += [literal(value[end:found.start()])] if found.start() > end else []
            parts.append(self.identity(found[0]))
            end = found.end()
        parts += [literal(value[end:])] if end < len(value) else []
        return parts[0] if len(parts) == 1 else f"({' || '.join(parts)})"

    def identity(self, text):
        if text in self.kept:
            return literal(text)
        if text in self.rows:
            noun, row = self.rows[text]
            name = f"{noun}{row}"
            self.used[name] = rf"\set {name} {base_of(noun)} + :row{row}"
        else:
            number = self.fresh.setdefault(text, len(self.fresh))
            name = f"fresh{number}"
            self.used[name] = rf"\set {name} :fresh + {number}"
        return f"('{PREFIX}' || CAST(:{name} AS TEXT))"


def literal(text):
    """Without colons, which would begin a variable."""
    quoted = text.replace("'", "''")
    if ":" not in text and "\\" not in text:
        return f"'{quoted}'"
    return "E'" + quoted.replace("\\", "\\\\").replace(":", "\\x3a") + "'"
