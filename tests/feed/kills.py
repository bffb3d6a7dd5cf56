"""Kills the feeder and its server with SIGKILL among commits, and counts what arrived: nothing is lost, and nothing there twice.

usage: kills.py MODULE TOOL file|redis|nats SEED
Runs in the current folder, with an SQLite that MODULE can be loaded into; `feeder` in the environment is how TOOL is started."""
import importlib.machinery
import importlib.util
import json
import os
import random
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import time

module, tool, kind, seed = sys.argv[1:]
dice = random.Random(int(seed))
ROUNDS, COMMITS = 7, 20
PATIENCE = 120  # seconds until something that must come counts as lost


def must(holds, what):
    if not holds: sys.exit(f"{kind}, seed {seed}: {what}")


def until(holds, what):
    end = time.monotonic() + PATIENCE
    while not holds():
        must(time.monotonic() < end, f"{what} does not come")
        time.sleep(0.01)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class File:
    """Lines in a file; a kill may leave one half written."""
    arguments = ["-o", "feed.jsonl"]

    def start(self): pass

    def kill(self):
        with open("feed.jsonl", "ab") as file: file.write(b'{"id":"7-0","type":"cha')

    def entries(self):
        if not os.path.exists("feed.jsonl"): return []
        with open("feed.jsonl", "rb") as file: return file.read().decode().split("\n")[:-1]

    def count(self): return len(self.entries())

    def write_another(self):
        with open("feed.jsonl", "a") as file: file.write("not ours\n")


class Server:
    process = None

    def run(self, *command):
        bare = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        with open("server.log", "ab") as log: self.process = subprocess.Popen(command, stdout=log, stderr=log, env=bare)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Redis(Server):
    def __init__(self):
        import redis
        self.socket = os.path.abspath("redis.socket")
        self.arguments = ["--redis", f"unix://{self.socket}", "--stream", "changes"]
        self.client = redis.Redis(unix_socket_path=self.socket)
        self.errors = (redis.ConnectionError, redis.TimeoutError)

    def start(self):
        self.run("redis-server", "--port", "0", "--unixsocket", self.socket, "--appendonly", "yes", "--save", "")
        until(self.answers, "redis-server")

    def answers(self):
        try: return self.client.ping()
        except self.errors: return False

    def count(self): return self.client.xlen("changes")

    def write_another(self): self.client.xadd("changes", {"a": "b"})

    def empty(self): self.client.xtrim("changes", maxlen=0, approximate=False)

    def entries(self):
        entries = [(identity.decode(), fields[b"event"].decode()) for identity, fields in self.client.xrange("changes")]
        for identity, text in entries: must(json.loads(text)["id"] == identity, f"entry {identity} says it is another one: {text}")
        return [text for _, text in entries]


class Nats(Server):
    def __init__(self):
        loader = importlib.machinery.SourceFileLoader("feeder", tool)
        self.feeder = importlib.util.module_from_spec(importlib.util.spec_from_loader("feeder", loader))
        sys.dont_write_bytecode = True
        loader.exec_module(self.feeder)
        self.port = free_port()
        url = f"nats://127.0.0.1:{self.port}"
        self.arguments = ["--nats", url, "--stream", "changes"]
        self.client = self.feeder.Nats(url, "changes", None)

    def start(self):
        self.run("nats-server", "-js", "-a", "127.0.0.1", "-p", str(self.port), "-sd", os.path.abspath("jetstream"))
        until(self.answers, "nats-server")

    def answers(self):
        try: return bool(self.client.connect() or self.client.ask("INFO"))
        except self.feeder.Lost: return False

    def count(self): return self.client.ask("INFO").get("state", {}).get("last_seq", 0)

    def write_another(self):
        self.client.send("changes", b"not ours")
        self.client.answer()

    def empty(self): self.client.ask("PURGE")

    def entries(self):
        texts = []
        for number in range(1, self.count() + 1):
            said = self.client.ask("MSG.GET", {"seq": number})
            must("message" in said, f"message {number} is not there: {said}")
            texts.append(self.feeder.base64.b64decode(said["message"]["data"]).decode())
        return texts


db = sqlite3.connect("my.db", isolation_level=None, timeout=60)
db.enable_load_extension(True)
db.load_extension(module.removesuffix(".so"))
db.execute("PRAGMA journal_mode = WAL")
db.execute("PRAGMA synchronous = OFF")  # no power is lost here
plain = db.execute("SELECT spectradb_sql('CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT) WITH SYSTEM VERSIONING')").fetchone()[0]
db.execute(plain)


def commit():
    db.execute("BEGIN IMMEDIATE")
    for _ in range(dice.choice((1, 1, 2, 3, 40))):
        db.execute("INSERT OR REPLACE INTO item (id, name) VALUES (?, ?)", (dice.randrange(50), "x" * dice.randrange(200)))
    db.execute("COMMIT")


def erase():
    """Erases a row in a moment in which the feeder has nothing to read, and so leaves the store alone."""
    key = db.execute("SELECT max(id) FROM item").fetchall()[0]

    def is_erased():
        time.sleep(1)
        try: return db.execute("SELECT spectradb_erase('item', ?, 'asked to')", key).fetchall()
        except sqlite3.OperationalError as error: must("another process" in str(error), error)

    until(is_erased, "a moment in which the feeder leaves the store alone")


def refused(words):
    said = subprocess.run([*feeder_command, "--once"], stderr=subprocess.PIPE, text=True)
    must(said.returncode == 1 and words in said.stderr, f"the feeder does not refuse because {words}: {said.stderr}")


for _ in range(30): commit()
sink = {"file": File, "redis": Redis, "nats": Nats}[kind]()
sink.start()
feeder_command = [*shlex.split(os.environ["feeder"]), "my.db", *sink.arguments, "--interval", "0.001"]
feeder = None
kills = 0
try:
    for turn in range(ROUNDS):
        before = sink.count()
        feeder = subprocess.Popen(feeder_command, stderr=open("feeder.log", "ab"))
        commit()  # so that there is something that must come
        until(lambda: sink.count() > before or feeder.poll() is not None, "an entry")
        must(feeder.poll() is None, f"the feeder has ended: {open('feeder.log').read()[-500:]}")
        moment = dice.randrange(COMMITS)
        for number in range(COMMITS):
            commit()
            if number == moment and turn % 3 == 1 and kind != "file":
                sink.kill()
                kills += 1
                sink.start()
            elif number == moment: time.sleep(dice.random() / 50)
            if turn == 3 and number == 5:
                db.execute("ALTER TABLE item RENAME TO thing")
                db.execute("ALTER TABLE thing RENAME TO item")
            if turn == 4 and number == 9: erase()
        feeder.send_signal(signal.SIGKILL)
        feeder.wait()
        kills += 1
        if kind == "file": sink.kill()
    subprocess.run([*feeder_command, "--once"], check=True)
    entries = [json.loads(text) for text in sink.entries()]
    count = len(entries)
    subprocess.run([*feeder_command, "--once"], check=True)  # nothing more comes
    must(sink.count() == count, "a feeder that has nothing to tell tells something")
    sink.write_another()
    refused("is not of this feeder")
    if kind != "file":
        sink.empty()
        refused("nobody knows how far it came")
finally:
    if feeder and feeder.poll() is None: feeder.kill()
    if getattr(sink, "process", None): sink.kill()

places = [tuple(map(int, entry["id"].split("-"))) for entry in entries]
must(places == sorted(set(places)), "entries are there twice, or out of order")
kinds = [entry["type"] for entry in entries]
tail = kinds.index("tail")
must(kinds.count("tail") == 1 and kinds[0] == "snapshot" and set(kinds[1:tail]) == {"row"}, f"the snapshot is not in one piece: {kinds[:tail + 1]}")
start = int(entries[tail]["cursor"].split(":")[0])
changes = [(entry["commit_no"], place[1]) for entry, place in zip(entries, places) if entry["type"] == "change"]
there = db.execute("SELECT commit_no, _ordinal FROM spectradb_changes(NULL, ?) WHERE operation <> 'erase'", (start,)).fetchall()
erased = {tuple(map(int, name.split("-"))) for entry in entries if entry["type"] == "erasure" for name in entry["erased"]}
# What was erased before it could be told is told by nobody.
must(set(there) <= set(changes) <= set(there) | erased, "changes are lost, or others than there are")
must(kinds.count("erasure") == db.execute("SELECT count(*) FROM spectradb_erasures").fetchone()[0], "erasures are lost")
must([entry["operation"] for entry in entries if entry["type"] == "schema"] == ["rename table"] * 2, "changes of the schema are lost")
for number, entry in enumerate(entries):
    if entry["type"] == "schema":
        facts = [place[0] for place, kind_of in zip(places[number:], kinds[number:]) if kind_of == "change"]
        must(facts[0] == entry["commit_no"] > places[number][0], "a change of the schema does not stand before the facts of its commit")
# What a consumer makes of it is what is there.
rows = {}
for entry in entries:
    if entry["type"] == "row" or (entry["type"] == "change" and entry["row"]): rows[entry["key"]] = entry["row"]
    elif entry["type"] == "change": rows.pop(entry["key"])
for key, in db.execute("SELECT DISTINCT id FROM item"):
    must(rows.get(key) == json.loads(db.execute("SELECT json_object('id', id, 'name', name) FROM item WHERE id = ?", (key,)).fetchone()[0]),
         f"row {key} is another one for who follows: {rows.get(key)}")
print(f"{kind}: {kills} kills, {tail - 1} rows of the snapshot, {len(changes)} changes, {kinds.count('erasure')} erasures")
