"""PostgreSQL servers of a test's own, which it stops, starts, promotes and fills."""

import atexit
import functools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from postgres import sql
from support import PATIENCE

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
# Here nothing has to outlive the machine.
SETTINGS = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB", "autovacuum": "off",
            "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "wal_keep_size": "64MB"}


def run(program, *arguments):
    """As the user postgres, because the server refuses to run as root."""
    owner = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    done = subprocess.run([*owner, PROGRAMS / program, *arguments], cwd="/", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
    assert done.returncode == 0, f"{program} failed: {done.stdout}"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@functools.cache
def fresh_data():
    """Made once, because that takes longer than to copy it."""
    directory = tempfile.mkdtemp(prefix="etapa-fresh-cluster-")
    atexit.register(shutil.rmtree, directory)
    if os.geteuid() == 0:
        shutil.chown(directory, "postgres")
    run("initdb", "-D", directory + "/data", "-U", "etapa", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
        "--wal-segsize=1")
    return directory + "/data"


class Cluster:
    """A server with an empty database, or a standby of another one, in a directory that postgres may write to.
    Its directory goes with the test's; the server is ended by `close`."""

    def __init__(self, directory, of=None, **settings):
        self.directory = Path(directory)
        self.data = self.directory / "data"
        self.port = free_port()
        self.settings = SETTINGS | settings
        self.address = f"postgres://etapa@127.0.0.1:{self.port}/postgres"
        self.is_running = False
        if of:
            run("pg_basebackup", "-D", str(self.data), "-d", f"host=127.0.0.1 port={of.port} user=etapa", "-R", "-c", "fast")
        else:
            shutil.copytree(fresh_data(), self.data)
            for path in [self.data, *self.data.rglob("*")] if os.geteuid() == 0 else []:
                shutil.chown(path, "postgres")
        self.start()

    def start(self):
        options = " ".join(f"-c {name}='{value}'" for name, value in self.settings.items())
        run("pg_ctl", "-D", str(self.data), "-l", str(self.directory / "log"), "-o", f"-p {self.port} {options}", "-s",
            "-w", "start")
        self.is_running = True

    def stop(self, how="fast"):
        run("pg_ctl", "-D", str(self.data), "-m", how, "-s", "-w", "stop")
        self.is_running = False

    def promote(self):
        run("pg_ctl", "-D", str(self.data), "-s", "-w", "promote")

    def sql(self, statement):
        return sql(statement, self.address)

    def close(self):
        if self.is_running:
            try:
                self.stop("immediate")
            except AssertionError:
                self.is_running = False  # it has ended by itself


class Session:
    """Somebody else on the server, who keeps what a statement took until `close`."""

    def __init__(self, address, statement):
        self.process = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", address], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.is_in = self.ask(statement) is not None

    def ask(self, statement):
        """What the server answers; None when it has ended the session."""
        try:
            self.process.stdin.write(statement + "\n\\echo done\n")
            self.process.stdin.flush()
        except OSError:
            return None
        lines = []
        while (line := self.process.stdout.readline()) and line.strip() != "done":
            lines.append(line)
        return "".join(lines).strip() if line else None

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        try:
            self.process.stdin.close()
        except OSError:
            pass  # what was still to be said
