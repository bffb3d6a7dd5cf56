"""What runs a block of a probe: each engine has a database of its own in a new folder, and run(language, text) -> (done, output)."""
import contextlib
import os
import pathlib
import subprocess
import time

SECONDS = 120  # that a block may take


def called(command, text, folder, environment):
    """(done, what it printed)."""
    ended = subprocess.run(command, input=text, capture_output=True, text=True, cwd=folder, timeout=SECONDS, env=environment, check=False)
    return ended.returncode == 0, ended.stdout if ended.returncode == 0 else ended.stdout + ended.stderr


class Engine:
    """SQL is given to a command; other languages are what everybody has, with DB, the database, in the environment."""

    def __init__(self, folder, context, command, preload=None):
        self.folder, self.context, self.command, self.preload = folder, context, command, preload
        self.environment = dict(os.environ, DB=f"{folder}/my.db", WORK=folder, ROOT=context["root"], MODULES=context["modules"], **context["environment"])

    def run(self, language, text):
        environment = dict(self.environment, LD_PRELOAD=self.preload) if self.preload else self.environment
        if language == "sql":
            return called(self.command, text, self.folder, environment)
        if language == "js":
            # Modules are found from where the script is.
            script = pathlib.Path(self.context["modules"]) / f"probe-{os.getpid()}.mjs"
            script.write_text(text, encoding="utf-8")
            try:
                return called(["node", str(script)], "", self.folder, self.environment)
            finally:
                script.unlink()
        return called({"sh": ["bash", "-e"], "python": ["/usr/bin/python3", "-"]}[language], text, self.folder, environment)


def shell(folder, *extensions):
    loaded = [word for extension in extensions for word in ("-cmd", f".load '{extension}'")]
    return ["sqlite3", "-batch", "-bail", "-init", "/dev/null", f"{folder}/my.db", *loaded]


@contextlib.contextmanager
def start(kind, folder, context):
    if kind == "sqlite":
        yield Engine(folder, context, shell(folder))
    elif kind == "spectradb":
        context = dict(context, environment=dict(context["environment"], SPECTRADB=context["extension"]))
        yield Engine(folder, context, shell(folder, context["extension"]), os.environ.get("SPECTRADB_TEST_PRELOAD"))
    elif kind == "vec":
        yield Engine(folder, context, shell(folder, f"{context['modules']}/node_modules/sqlite-vec-linux-x64/vec0"))
    elif kind == "duckdb":
        yield Engine(folder, context, ["node", f"{context['modules']}/duckdb.mjs", f"{folder}/my.db"])
    elif kind == "mariadb":
        yield from mariadb(folder, context)
    elif kind == "tools":  # neither SQL nor a server
        yield Engine(folder, context, ["false"])
    else:
        raise ValueError(f"there is no engine {kind}")


def mariadb(folder, context):
    """One server for all probes, each of which has a database of its own."""
    if "socket" not in context:
        home = pathlib.Path(context["scratch"]) / "mariadb"
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        subprocess.run(["mariadb-install-db", "--no-defaults", f"--user={user}", f"--datadir={home}/data", "--auth-root-authentication-method=normal",
                        "--skip-test-db"], capture_output=True, check=True)
        context["server"] = subprocess.Popen(
            ["mariadbd", "--no-defaults", f"--user={user}", f"--datadir={home}/data", f"--socket={home}/socket", "--skip-networking",
             f"--log-bin={home}/log", "--server-id=1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        context["socket"] = f"{home}/socket"
        for _ in range(300):
            if os.path.exists(context["socket"]):
                break
            time.sleep(0.2)
    client = ["mariadb", "--no-defaults", "-u", "root", f"--socket={context['socket']}", "--batch", "--skip-column-names"]
    name = "p" + pathlib.Path(folder).name.replace("_", "u")
    subprocess.run(client, input=f"CREATE DATABASE `{name}`", text=True, check=True)
    given = dict(context, environment=dict(context["environment"], SOCKET=context["socket"], DATABASE=name))
    try:
        yield Engine(folder, given, [*client, name])
    finally:
        subprocess.run(client, input=f"DROP DATABASE `{name}`", text=True, check=True)
