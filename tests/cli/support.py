"""Runs the real program: commands to their end, servers until they are stopped. Waiting is for a condition, with a deadline."""

import http.client
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
BINARY = os.environ.get("ETAPA_BINARY", str(TOP / "build" / "etapa"))
PATIENCE = 60  # seconds; sanitized and on a busy machine everything takes its time


def environment(**variables):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ETAPA_")}
    return clean | variables


def wait_until(condition, what, seconds=PATIENCE):
    """Returns the first true answer of the condition."""
    between = threading.Event()
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} seconds")
        between.wait(0.02)
    return answer


class Server:
    """One `etapa serve` on a free port, unless the arguments say otherwise. `wait` is for its greeting."""

    def __init__(self, directory, *arguments, listen="127.0.0.1:0", wait=True, **variables):
        self.log_path = Path(directory) / "server.log"
        self.log = open(self.log_path, "a+")
        self.process = subprocess.Popen([BINARY, "serve", "--listen", listen, *arguments], cwd=directory, text=True,
                                        stdout=subprocess.PIPE, stderr=self.log, env=environment(**variables))
        self.lines = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, "")))
        # Readable at once: extend() takes the lines one by one.
        self.reader.start()
        if wait:
            self.url = wait_until(self.greeting, "the server's greeting").split()[-1]
            self.port = int(self.url.rsplit(":", 1)[1])

    def greeting(self):
        if self.process.poll() is not None and not self.reader.is_alive() and not self.lines:
            raise AssertionError("the server ended: " + self.errors())
        return self.lines[0] if self.lines else None

    def output(self):
        return "".join(self.lines)

    def errors(self):
        return self.log_path.read_text()

    def call(self, method, path, body=None, key=None, headers=None):
        """Status and JSON of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = (headers or {}) | ({"Authorization": f"Bearer {key}"} if key else {})
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or "null")
        finally:
            connection.close()

    def good(self, method, path, body=None, key=None, headers=None):
        status, answer = self.call(method, path, body, key, headers)
        assert status in (200, 201), f"{method} {path} answered {status} {answer}"
        return answer

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=PATIENCE):
        status = self.process.wait(seconds)
        self.reader.join()
        return status

    def stop(self):
        """SIGTERM; the exit status."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.log.close()


class CliTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="etapa-cli-")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def etapa(self, *arguments, **variables):
        """Runs a command to its end in the test's directory."""
        return subprocess.run([BINARY, *arguments], cwd=self.directory, capture_output=True, text=True,
                              timeout=PATIENCE, env=environment(**variables))

    def good(self, *arguments, **variables):
        """Its JSON; what it said when it failed."""
        done = self.etapa(*arguments, **variables)
        self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
        return json.loads(done.stdout)

    def refused(self, status, *arguments, **variables):
        """What a command said on stderr when it refused."""
        done = self.etapa(*arguments, **variables)
        self.assertEqual((done.returncode, done.stdout), (status, ""), f"{arguments}: {done.stderr}")
        self.assertTrue(done.stderr.startswith("etapa: "), done.stderr)
        return done.stderr

    def serve(self, *arguments, **options):
        server = Server(self.directory, *arguments, **options)
        self.addCleanup(server.close)
        return server

    def init(self, name="Acme", **options):
        return self.good("init", "--organization", name, "--owner-email", f"{name.lower()}@example.com", **options)
