"""A PostgreSQL server of the bench's own, in a directory on the disk of the build tree, set up as one would for production."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from servers import TICKS_PER_SECOND

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), default=None)
# What is not named here is as the server comes; fsync and autovacuum are named to be printed.
SETTINGS = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on",
            "shared_buffers": "512MB", "effective_cache_size": "4GB", "random_page_cost": "1.1",
            "checkpoint_timeout": "15min", "max_wal_size": "8GB", "max_connections": "200",
            "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}


def run(program, *arguments, text=None):
    """As the user postgres, because the server refuses to run as root."""
    owner = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    done = subprocess.run([*owner, PROGRAMS / program, *arguments], cwd="/", input=text or "", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{program} failed: {done.stdout}")
    return done.stdout


class Cluster:
    def __init__(self, directory):
        if PROGRAMS is None:
            raise SystemExit("PostgreSQL is needed. Type: apt-get install postgresql")
        self.data = Path(directory) / "data"
        self.data.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.data, "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        run("initdb", "-D", str(self.data), "-U", "etapa", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        run("pg_ctl", "-D", str(self.data), "-l", str(self.data / "log"), "-o", f"-p {self.port} {options}", "-s", "-w",
            "start")
        self.version = self.sql("SHOW server_version")

    def address(self, database, port=None):
        return f"postgres://etapa@127.0.0.1:{port or self.port}/{database}"

    def sql(self, statements, database="postgres"):
        """The rows as lines, their columns between bars."""
        return run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-", self.address(database),
                   text=statements).strip()

    def processor_seconds(self):
        """What all its processes have used so far, those that have ended included."""
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        ticks = sum(ticks_of(postmaster)) + sum(sum(ticks_of(child)[:2]) for child in children)
        return ticks / TICKS_PER_SECOND

    def stop(self):
        run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-s", "-w", "stop")


def ticks_of(process):
    """User and system time of its own, then of its children that have ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return [0, 0, 0, 0]
    return [int(field) for field in fields[11:15]]
