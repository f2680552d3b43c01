"""The processes that the bench starts and ends: Etapa, nginx, wrk, and the base lines of limits.cpp."""

import http.client
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def processor_seconds(pids):
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS_PER_SECOND


class Etapa:
    """`etapa serve` on a free port of the loopback, for a file of SQLite; or for the address of a PostgreSQL database, with a
    directory for its key and its log."""

    def __init__(self, binary, database, *arguments, directory=None):
        log = f"{directory}/served.log" if directory else f"{database}.log"
        self.log = open(log, "a")
        began = time.monotonic()
        place = [database, "--key-file", f"{directory}/key"] if directory else [f"sqlite:{database}"]
        self.process = subprocess.Popen([binary, "serve", "--database", *place, "--listen", "127.0.0.1:0", *arguments],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True, env=clean_environment())
        greeting = self.process.stdout.readline().split()
        if not greeting:
            raise SystemExit(f"The server did not start; see {log}")
        self.url = greeting[-1]
        self.connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=60)
        self.get("/readyz")
        self.start_milliseconds = (time.monotonic() - began) * 1000

    def anonymous_megabytes(self):
        """Memory that is the server's own: neither the mapped database nor the program's text."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("RssAnon:")[1].split()[0]) / 1024

    def metric(self, name):
        """Of all series of the name, or of one, when its labels are given."""
        lines = self.get("/metrics").decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if name in (line.split(" ")[0], line.split("{")[0].split(" ")[0]))

    def get(self, path, key=""):
        """The bytes of the answer."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            self.connection.request("GET", path, headers=headers)
            answer = self.connection.getresponse()
        except http.client.RemoteDisconnected:  # the server ends connections that are idle for as long as a long cell
            self.connection.close()
            self.connection.request("GET", path, headers=headers)
            answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"GET {path} answered {answer.status}: {body.decode()}")
        return body

    def pids(self):
        return [self.process.pid]

    def stop(self):
        self.connection.close()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self.log.close()
        if status != 0:
            raise SystemExit(f"The server ended with status {status}.")


class Nginx:
    """nginx with as many workers as Etapa has I/O threads, serving `body` at /file (from a file) and /memory."""

    def __init__(self, directory, body):
        text = body.decode()
        if any(sign in text for sign in "'\\$"):
            raise SystemExit("The answer of GET holds a sign that nginx would read differently.")
        root = Path(directory) / "nginx"
        root.mkdir()
        (root / "file").write_bytes(body)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        workers = max(1, (os.cpu_count() or 2) - 1)
        user = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
        (root / "nginx.conf").write_text(f"""
            {user} daemon off; worker_processes {workers}; pid {root}/pid; error_log {root}/error.log;
            events {{ worker_connections 1024; }}
            http {{
                access_log off; sendfile on; tcp_nodelay on; keepalive_requests 1000000000; default_type application/json;
                open_file_cache max=10; open_file_cache_valid 1h;
                client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3;
                uwsgi_temp_path {root}/t4; scgi_temp_path {root}/t5;
                server {{
                    listen 127.0.0.1:{port};
                    location = /file {{ root {root}; }}
                    location = /memory {{ return 200 '{text}'; }}
                }}
            }}""")
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen([program("nginx"), "-p", root, "-c", root / "nginx.conf"], stderr=subprocess.DEVNULL)
        for path in ("/file", "/memory"):
            self.check(path, body)

    def check(self, path, body):
        deadline = time.monotonic() + 10
        while True:
            try:
                connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=10)
                connection.request("GET", path)
                if connection.getresponse().read() != body:
                    raise SystemExit(f"nginx serves other bytes at {path}.")
                return
            except ConnectionError:
                if time.monotonic() > deadline:
                    raise SystemExit("nginx did not start.") from None
                time.sleep(0.05)
            finally:
                connection.close()

    def pids(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(child) for child in children]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def program(name):
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
    if not found:
        raise SystemExit("wrk and nginx are needed. Type: apt-get install --no-remove wrk nginx-light")
    return found


def clean_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("ETAPA_")}


def wrk(server, path, seconds, key, method="GET", bodies="-", offset=0, clients=64):
    """One cell of load on a server: requests per second, milliseconds, processor time of the server for one request."""
    before = processor_seconds(server.pids())
    done = subprocess.run([program("wrk"), "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s",
                           "-s", HERE / "requests.lua", server.url + path, "--", method, key, bodies, str(offset)],
                          capture_output=True, text=True, check=True)
    used = processor_seconds(server.pids()) - before
    cell = json.loads(done.stdout.strip().splitlines()[-1])
    if cell["failed"]:
        raise SystemExit(f"{cell['failed']} of {cell['count']} requests {method} {path} failed.")
    return cell | {"cpuMicroseconds": used * 1e6 / cell["count"]}


class Limits:
    """The program of limits.cpp, for one organization."""

    def __init__(self, binary, organization):
        self.binary = binary
        self.organization = organization

    def run(self, command, database, *arguments, bodies=()):
        done = subprocess.run([self.binary, command, database, self.organization, *arguments], capture_output=True,
                              text=True, input="".join(line + "\n" for line in bodies))
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        return done.stdout

    def call(self, database, method, path, bodies):
        """The answers to these requests, made in the database."""
        answers = self.run("call", database, method, path, bodies=[json.dumps(body) for body in bodies])
        return [json.loads(line) for line in answers.splitlines()]

    def requests(self, database, method, path, seconds, at_end, lines):
        with lines.open() as file:
            done = subprocess.run([self.binary, "requests", database, self.organization, method, path, str(seconds), at_end],
                                  stdin=file, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        return json.loads(done.stdout)

    def timers(self, database):
        return json.loads(self.run("timers", database))
