"""Three voters of dqlite keep a ledger on this machine, and their leader is killed among commits.
usage: cluster.py NODE MODULE DIRECTORY

NODE is the program of node.c, MODULE the extension; in DIRECTORY the nodes keep what they have."""
import csv
import json
import os
import random
import re
import socket
import subprocess
import sys
import threading
import time

import dqlite

DATABASE = "bank.db"
CURRENCIES = "demo/currencies"
TRANSFERS_BEFORE, TRANSFERS_IN_FLIGHT, TRANSFERS_AFTER = 20, 60, 20
KILLED_AFTER = 25  # of the transfers in flight
PATIENCE = 60  # seconds that an election, or catching up, may take on a busy machine

CHECKED = 0


def expect(holds, what):
    global CHECKED
    if not holds:
        raise SystemExit(f"FAILED: {what}")
    CHECKED += 1


def until(ask, what):
    """Asks again until the answer is not None."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = ask()
        if answer is not None:
            return answer
        time.sleep(0.05)
    raise SystemExit(f"FAILED: {what} did not happen within {PATIENCE} seconds")


def say(text):
    print(f"\n{text}", flush=True)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Node:
    def __init__(self, number, address, program, module, directory):
        self.number, self.address = number, address
        self.directory = os.path.join(directory, f"node{number}")
        os.mkdir(self.directory)
        self.command = [program, str(number), address, self.directory, module]
        self.process = None

    def start(self):
        environment = dict(os.environ, LD_PRELOAD=os.environ.get("SPECTRADB_TEST_PRELOAD", ""))
        self.process = subprocess.Popen(self.command, env=environment)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        expect(self.process.wait(PATIENCE) == 0, f"node {self.number} stops in peace")

    def is_running(self):
        return self.process is not None and self.process.poll() is None


class Cluster:
    def __init__(self, program, module, directory):
        self.module, self.directory = module, directory
        self.nodes = [
            Node(number, f"127.0.0.1:{port}", program, module, directory)
            for number, port in enumerate(free_ports(3), 1)
        ]

    def running(self):
        return [node for node in self.nodes if node.is_running()]

    def find_leader(self):
        """Gives a node that says of itself that it leads, or None."""
        for node in self.running():
            try:
                connection = dqlite.Connection(node.address, timeout=2)
                leads = connection.leader() == node.address
                connection.close()
                if leads:
                    return node
            except (dqlite.Lost, dqlite.Refused):
                pass
        return None

    def leader(self):
        def attempt():
            expect(self.running(), "a node runs")
            return self.find_leader()

        return until(attempt, "an election")

    def connect(self):
        """Gives a connection to the database on a leader that answers."""

        def attempt():
            node = self.find_leader()
            if node is None:
                return None
            try:
                connection = dqlite.Connection(node.address, DATABASE)
                # Much less than without this word: so flushes and merges happen among these few commits, too.
                connection.query("SELECT spectradb_config('memtable_max_bytes', 4096)")
                return connection
            except (dqlite.Lost, dqlite.Refused):
                return None

        return until(attempt, "a leader that answers")

    def form(self):
        self.nodes[0].start()
        first = dqlite.Connection(self.leader().address)
        for node in self.nodes[1:]:
            node.start()
            until(lambda: node if self.answers(node) else None, f"node {node.number}")
            first.add_voter(node.number, node.address)
        voters = [role for _, _, role in first.nodes()].count(dqlite.VOTER)
        first.close()
        expect(voters == 3, f"there are {voters} voters")

    @staticmethod
    def answers(node):
        try:
            dqlite.Connection(node.address, timeout=2).close()
            return True
        except dqlite.Lost:
            return False

    def dump(self, node):
        """Writes this node's own copy to files, which need no dqlite; gives the database's path."""
        connection = dqlite.Connection(node.address)
        database, wal = connection.dump(DATABASE)
        connection.close()
        path = os.path.join(self.directory, f"copy_of_node{node.number}.db")
        for name, content in ((path, database), (path + "-wal", wal)):
            with open(name, "wb") as file:
                file.write(content)
        if os.path.exists(path + "-shm"):
            os.remove(path + "-shm")
        return path

    def shell(self, path, script):
        """Gives what the stock shell prints, with the module loaded."""
        environment = dict(os.environ, LD_PRELOAD=os.environ.get("SPECTRADB_TEST_PRELOAD", ""))
        result = subprocess.run(
            ["sqlite3", "-batch", "-bail", "-init", "/dev/null", path],
            input=f".load {self.module}\n{script}",
            env=environment,
            capture_output=True,
            text=True,
        )
        expect(result.returncode == 0, f"the shell reads {path}: {result.stderr}")
        return result.stdout

    def rows(self, path, query):
        printed = self.shell(path, f".mode json\n{query};")
        return [tuple(row.values()) for row in json.loads(printed or "[]")]


# The demo of currencies is loaded over the wire by its own SQL, without the shell's commands.


def statements(name):
    """Gives those of one of the demo's scripts."""
    with open(os.path.join(CURRENCIES, name)) as file:
        text = "".join(line for line in file if not line.startswith("."))
    text = re.sub(r"--.*", "", text)
    return [statement.strip() for statement in text.split(";") if statement.strip()]


def load_currencies(connection):
    with open(os.path.join(CURRENCIES, "cldr_currency_by_release.csv")) as file:
        rows = list(csv.reader(file))[1:]
    prepared, first = statements("load.sql")[:-1], statements("load.sql")[-1]
    for statement in prepared:
        connection.execute(statement)
    releases = sorted({row[0] for row in rows})
    for release in releases:
        of_release = json.dumps([row for row in rows if row[0] == release])
        columns = ", ".join(f"value ->> {column}" for column in range(7))
        connection.execute(f"INSERT INTO staging SELECT {columns} FROM json_each(?)", of_release)
    connection.execute(first)
    for _ in releases:
        for statement in statements("load_release.sql"):
            connection.execute(statement)
    return len(releases)


CROATIA = """SELECT r.release, m.currency, m._valid_from, m._valid_to FROM releases r
  JOIN money m FOR SYSTEM_TIME AS OF r.commit_no FOR ALL VALID_TIME ON m.region = 'HR' ORDER BY 1, 2, 3"""


# Transfers between two accounts have a token each, so that a client whose answer was lost can ask about it.


class Ledger:
    def __init__(self, cluster):
        self.cluster = cluster
        self.connection = cluster.connect()
        self.acknowledged = {}  # token -> the commit that the database said it is
        self.found = 0  # were committed though their client had no answer
        self.repeated = 0  # were not

    def connect(self):
        self.connection.close()
        self.connection = self.cluster.connect()

    def query(self, sql, *parameters):
        """Reading can be repeated where the leader has changed."""
        while True:
            try:
                return self.connection.query(sql, *parameters)
            except dqlite.Lost as error:
                print(f"  asked once more: {error}")
                self.connect()

    def create(self):
        self.connection.execute(
            "CREATE TABLE account (name TEXT PRIMARY KEY, balance INTEGER) WITH SYSTEM VERSIONING")
        self.connection.execute("CREATE TABLE token (token TEXT UNIQUE)")
        self.connection.execute("INSERT INTO account VALUES ('ann', 1000), ('bob', 0)")

    def transfer(self, token):
        connection = self.connection
        connection.execute("BEGIN")
        connection.query("SELECT spectradb_annotate('token', ?)", token)
        connection.execute("INSERT INTO token VALUES (?)", token)
        connection.execute("UPDATE account SET balance = balance - 1 WHERE name = 'ann'")
        connection.execute("UPDATE account SET balance = balance + 1 WHERE name = 'bob'")
        connection.execute("COMMIT")

    def commit_of(self, token):
        found = self.query("SELECT commit_no FROM spectradb_commits WHERE notes ->> 'token' = ?", token)
        expect(len(found) <= 1, f"{token} is {len(found)} commits")
        return found[0][0] if found else None

    def transfer_surely(self, token):
        """Makes it once, whatever happens to the leader."""
        while token not in self.acknowledged:
            try:
                self.transfer(token)
                self.acknowledged[token] = None
            except dqlite.Lost as error:
                print(f"  {token}: {error}")
                self.connect()
                print(f"  {self.connection.address} leads")
                commit = self.commit_of(token)
                print(f"  {token} {'is not there: once more' if commit is None else f'is commit {commit}'}")
                if commit is None:
                    self.repeated += 1
                else:
                    self.found += 1
                    self.acknowledged[token] = commit


def check_ledger(ledger, rows, balances, where):
    """`rows`: (commit, token) of each annotated commit; `balances`: (commit, balance of bob AS OF it, of both)."""
    tokens = [token for _, token in rows]
    missing = [token for token in ledger.acknowledged if token not in tokens]
    count = len(ledger.acknowledged)
    expect(not missing, f"{where}: of {count} acknowledged commits these are missing: {missing}")
    expect(len(tokens) == len(set(tokens)), f"{where}: a transfer was done twice")
    expect(len(tokens) == len(ledger.acknowledged), f"{where}: {len(tokens)} transfers")
    for token, commit in ledger.acknowledged.items():
        expect(commit is None or (commit, token) in rows, f"{where}: {token} is not commit {commit}")
    expect([row[0] for row in balances] == [row[0] for row in rows], f"{where}: commits without facts")
    for done, (commit, bob, both) in enumerate(balances, 1):
        expect((bob, both) == (done, 1000), f"{where}: AS OF {commit} bob has {bob}, both have {both}")


TOKENS = """SELECT commit_no, notes ->> 'token' AS token FROM spectradb_commits
 WHERE notes ->> 'token' IS NOT NULL ORDER BY commit_no"""
BALANCES = """SELECT c.commit_no,
       (SELECT balance FROM account FOR SYSTEM_TIME AS OF c.commit_no WHERE name = 'bob') AS bob,
       (SELECT sum(balance) FROM account FOR SYSTEM_TIME AS OF c.commit_no) AS both
  FROM spectradb_commits c WHERE c.notes ->> 'token' IS NOT NULL ORDER BY c.commit_no"""


def check_over_the_wire(ledger, croatia):
    where = f"over the wire from {ledger.connection.address}"
    check_ledger(ledger, ledger.query(TOKENS), ledger.query(BALANCES), where)
    expect(ledger.query(CROATIA) == croatia, f"{where}: the money of Croatia is another")
    expect(ledger.query("SELECT spectradb_check()") == [("ok",)], f"{where}: spectradb_check()")
    count = len(ledger.acknowledged)
    print(f"  {where}: {count} of {count} acknowledged commits, with their balances AS OF each; "
          "AS OF each release the same money of Croatia")


def check_copy(cluster, node, ledger, croatia, releases):
    """Checks what a node has by itself, and reads it without dqlite."""
    where = f"node {node.number}'s own pages"
    last = max(commit for commit, _ in ledger.query(TOKENS))

    def caught_up():
        try:
            path = cluster.dump(node)
        except (dqlite.Lost, dqlite.Refused):  # it has just been started
            return None
        if os.path.getsize(path) == 0:
            return None
        return path if cluster.rows(path, "SELECT max(commit_no) FROM spectradb_commits") == [(last,)] else None

    path = until(caught_up, f"commit {last} on node {node.number}")
    check_ledger(ledger, cluster.rows(path, TOKENS), cluster.rows(path, BALANCES), where)
    expect(cluster.rows(path, CROATIA) == croatia, f"{where}: the money of Croatia is another")
    with open(f"{CURRENCIES}/load.sql") as script:
        staging = "".join(line for line in script if "staging" in line and "current" not in line)
    proof = cluster.shell(path, f"{staging}.read {CURRENCIES}/check.sql\nSELECT spectradb_check();")
    expect(proof == f"{releases} of {releases} releases read back exactly as their file says\nok\n",
           f"{where}: {proof}")
    count = len(ledger.acknowledged)
    print(f"  {where}: {count} of {count} acknowledged commits; {proof.splitlines()[0]}; spectradb_check() says ok")


def refuses_a_directory(connection):
    """What is not in the pages would stay with the leader."""
    connection.query("SELECT spectradb_config('storage', 'directory')")
    try:
        connection.execute("CREATE TABLE lost (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING")
        expect(False, "a directory beside no file is not refused")
    except dqlite.Refused as refused:
        expect("spectradb_config('storage', 'rows')" in str(refused), f"the refusal does not say how: {refused}")
        print(f"  a directory: {refused}")


def main():
    program, module, directory = sys.argv[1:]
    cluster = Cluster(program, module, directory)
    try:
        tell(cluster)
    finally:
        for node in cluster.running():
            node.kill()


def tell(cluster):
    say("Three voters.")
    cluster.form()
    connection = cluster.connect()
    refuses_a_directory(connection)
    connection.query("SELECT spectradb_config('storage', 'rows')")

    say("The demo of currencies, over the wire.")
    releases = load_currencies(connection)
    croatia = connection.query(CROATIA)
    expect(len(croatia) > releases, "the money of Croatia is there")
    print(f"  {releases} releases in {connection.query('SELECT spectradb_commit()')[0][0]} commits")
    connection.close()

    say(f"Transfers, {TRANSFERS_BEFORE} at first.")
    ledger = Ledger(cluster)
    ledger.create()
    for number in range(TRANSFERS_BEFORE):
        ledger.transfer_surely(f"before-{number}")
    check_over_the_wire(ledger, croatia)

    say(f"{TRANSFERS_IN_FLIGHT} more, and kill -9 for the leader among them.")
    killed = cluster.leader()

    def kill_the_leader():
        while len(ledger.acknowledged) < TRANSFERS_BEFORE + KILLED_AFTER:
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.1))  # anywhere in one of the transactions that follow
        killed.kill()

    killer = threading.Thread(target=kill_the_leader, daemon=True)
    killer.start()
    for number in range(TRANSFERS_IN_FLIGHT):
        ledger.transfer_surely(f"in-flight-{number}")
    killer.join()
    ledger.transfer_surely("behind-the-kill")
    expect(ledger.found + ledger.repeated >= 1, "a transfer has lost its answer")
    survivors = cluster.running()
    expect(len(survivors) == 2 and killed not in survivors, "two nodes survive")
    check_over_the_wire(ledger, croatia)
    for node in survivors:
        check_copy(cluster, node, ledger, croatia, releases)

    say(f"Node {killed.number} comes back and catches up, while {TRANSFERS_AFTER} more are made.")
    killed.start()
    for number in range(TRANSFERS_AFTER):
        ledger.transfer_surely(f"after-{number}")
    for node in cluster.nodes:
        check_copy(cluster, node, ledger, croatia, releases)

    say("All three are stopped and started.")
    for node in cluster.nodes:
        node.stop()
    for node in cluster.nodes:
        node.start()
    ledger.connect()
    check_over_the_wire(ledger, croatia)
    ledger.transfer_surely("last")
    for node in cluster.nodes:
        check_copy(cluster, node, ledger, croatia, releases)

    commits = ledger.query("SELECT spectradb_commit()")[0][0]
    say(f"{commits} commits, {len(ledger.acknowledged)} of them acknowledged transfers on each of 3 nodes, "
        f"none missing; {CHECKED} checks hold.")


if __name__ == "__main__":
    main()
