#!/usr/bin/env python3
"""The server as a process: what it refuses, how it stops, what survives, and what works beside it."""

import http.client
import json
import os
import shlex
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import unittest

from support import BINARY, PATIENCE, CliTest, environment, wait_until

STOP_SECONDS = 10


class Refusals(CliTest):
    def test_of_a_port_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            said = self.refused(1, "serve", "--listen", f"127.0.0.1:{port}")
        self.assertIn(f"port {port}", said)
        self.assertIn("choose another port", said)

    def test_of_a_second_server_on_the_same_file(self):
        self.serve()
        said = self.refused(1, "serve", "--listen", "127.0.0.1:0")
        self.assertIn("Another etapa server runs", said)
        self.assertIn("--database", said)

    def test_of_a_directory_that_cannot_be_made(self):
        (self.directory / "file").write_text("in the way")
        said = self.refused(1, "serve", "--database", "sqlite:file/etapa.db")
        self.assertIn("give another path with --database", said)

    def test_of_a_directory_that_is_not_writable(self):
        closed = self.directory / "closed"
        closed.mkdir()
        self.directory.chmod(0o755)
        closed.chmod(0o555)
        nobody = {"user": 65534} if os.geteuid() == 0 else {}  # the superuser may write everywhere
        with open(BINARY, "rb") as program:  # by its open file: others may not see the directory it stands in
            done = subprocess.run([f"/proc/self/fd/{program.fileno()}", "serve", "--database", f"sqlite:{closed}/etapa.db"],
                                  pass_fds=[program.fileno()], capture_output=True, text=True, cwd=self.directory,
                                  timeout=PATIENCE, env=environment(), **nobody)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertIn("right to write that directory", done.stderr)


class EmptyDatabase(CliTest):
    def test_prints_the_line_that_creates_an_organization(self):
        server = self.serve("--database", "sqlite:new.db")
        line = wait_until(lambda: [line for line in server.lines if line.startswith("  etapa init ")], "the line")[0]
        made = self.good(*shlex.split(line)[1:])
        self.assertEqual(server.call("GET", "/crm/scenario", key=made["apiKey"]), (200, []))

    def test_says_nothing_when_there_is_an_organization(self):
        self.init()
        server = self.serve()
        self.assertEqual(server.stop(), 0)
        self.assertNotIn("etapa init", server.output())


class Stopping(CliTest):
    def half_a_request(self, server):
        """A connection on which the head of a request and half of its body have been sent."""
        client = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
        self.addCleanup(client.close)
        client.sendall(b"POST /crm/scenario HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                       b"Authorization: Bearer " + self.key.encode() + b"\r\nContent-Length: 17\r\n\r\n{\"name\":")
        # Its head is read when an answer on a connection opened later has come back from the same thread.
        server.good("GET", "/healthz")
        return client

    def started(self):
        self.key = self.init()["apiKey"]
        return self.serve("--threads", "1")

    def test_finishes_a_request_in_flight_and_ends_idle_clients(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                self.setUp()
                server = self.started()
                idle = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
                self.addCleanup(idle.close)
                idle.request("GET", "/healthz")
                idle.getresponse().read()
                busy = self.half_a_request(server)
                began = time.monotonic()
                server.signal(number)
                wait_until(lambda: "finishes what is in hand" in server.errors(), "the line in the log")
                self.assertEqual(idle.sock.recv(1), b"")
                busy.sendall(b"\"Sales\"} "[:9])
                answer = busy.recv(65536).decode()
                self.assertTrue(answer.startswith("HTTP/1.1 200") or answer.startswith("HTTP/1.1 201"), answer)
                self.assertEqual(server.wait(), 0)
                self.assertLess(time.monotonic() - began, STOP_SECONDS)

    def test_does_not_wait_for_a_client_that_sends_no_more(self):
        server = self.started()
        self.half_a_request(server)
        began = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - began, STOP_SECONDS)

    def test_under_load_keeps_what_it_acknowledged(self):
        key = self.init()["apiKey"]
        server = self.serve()
        written = []

        def write():
            while True:
                try:
                    status, answer = server.call("POST", "/conversation", {"title": "Ana"}, key)
                except (OSError, http.client.HTTPException):
                    return  # the server is gone
                if status == 201:
                    written.append(answer["id"])

        writers = [threading.Thread(target=write) for _ in range(8)]
        for writer in writers:
            writer.start()
        wait_until(lambda: len(written) > 50, "writes")
        before = len(written)
        status = server.stop()  # a sanitizer that finds a leak makes it another one
        for writer in writers:
            writer.join()
        self.assertEqual(status, 0, server.errors())
        self.assertGreater(len(written), before, "nobody wrote while it stopped")
        again = self.serve()
        for conversation in written:
            again.good("GET", f"/conversation/{conversation}", key=key)

    def test_at_once_on_a_second_signal(self):
        server = self.started()
        self.half_a_request(server)
        server.signal(signal.SIGTERM)
        wait_until(lambda: "finishes what is in hand" in server.errors(), "the line in the log")
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(), -signal.SIGTERM)

    def test_lets_the_next_server_take_the_port_at_once(self):
        server = self.started()
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE):
            self.assertEqual(server.stop(), 0)  # the server closes first: its side of the connection lingers
        again = self.serve(listen=f"127.0.0.1:{server.port}")
        again.good("GET", "/readyz")


class Survival(CliTest):
    def test_of_everything_when_the_process_is_killed(self):
        key = self.init()["apiKey"]
        server = self.serve()
        scenario = server.good("POST", "/crm/scenario", {"name": "Sales"}, key)
        step = server.good("POST", "/crm/step", {"scenarioId": scenario["id"], "name": "New", "prompt": "Greet"}, key)
        conversation = server.good("POST", "/conversation", {"title": "Ana"}, key)
        server.good("POST", "/crm/step/conversation", {"conversationId": conversation["id"], "stepId": step["id"]}, key)
        before = server.good("GET", f"/conversations/{conversation['id']}/explain", key=key)
        server.signal(signal.SIGKILL)
        server.wait()
        again = self.serve(listen=f"127.0.0.1:{server.port}")
        self.assertEqual(again.good("GET", f"/conversations/{conversation['id']}/explain", key=key), before)
        self.assertEqual(again.good("GET", f"/crm/step/{step['id']}", key=key)["name"], "New")


class BesideAServer(CliTest):
    def test_a_revoked_key_dies_at_once(self):
        self.init()
        server = self.serve()
        made = self.good("key", "create", "--name", "Thief")
        for _ in range(3):
            server.good("GET", "/organization", key=made["apiKey"])
        self.good("key", "revoke", made["id"])
        self.assertEqual(server.call("GET", "/organization", key=made["apiKey"])[0], 401)

    def test_commands_work_while_it_is_busy(self):
        key = self.init()["apiKey"]
        server = self.serve()
        scenario = server.good("POST", "/crm/scenario", {"name": "Sales"}, key)["id"]
        step = server.good("POST", "/crm/step", {"scenarioId": scenario, "name": "New", "prompt": "Greet"}, key)["id"]
        done = threading.Event()
        written = []

        def write(number):
            count = 0
            while not done.is_set():
                count += 1
                server.good("PUT", "/crm/step", {"id": step, "name": f"{number} {count}"}, key)
                written.append(number)

        writers = [threading.Thread(target=write, args=[number]) for number in range(4)]
        for writer in writers:
            writer.start()
        try:
            wait_until(lambda: len(written) > 10, "writes")
            rival = self.init("Rival")
            made = self.good("key", "create", "--organization", rival["organizationId"])
            self.assertEqual(server.call("GET", "/organization", key=made["apiKey"])[0], 200)
            self.good("key", "list", "--organization", rival["organizationId"])
            self.good("migrate")
            self.good("backup", "copy.db")
        finally:
            done.set()
            for writer in writers:
                writer.join()
        self.assertEqual(server.stop(), 0)
        copy = sqlite3.connect(self.directory / "copy.db")
        self.addCleanup(copy.close)
        self.assertEqual(copy.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        self.assertEqual(copy.execute("SELECT count(*) FROM organization").fetchone(), (2,))


class Outside(CliTest):
    def head_of(self, server, origin):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.request("GET", "/healthz", headers={"Origin": origin})
        return connection.getresponse().headers

    def test_pages_of_the_allowed_origins_only(self):
        server = self.serve("--cors-origins", "https://a.example,https://b.example")
        allowed = "Access-Control-Allow-Origin"
        self.assertEqual(self.head_of(server, "https://b.example")[allowed], "https://b.example")
        self.assertIsNone(self.head_of(server, "https://c.example")[allowed])

    def test_metrics_name_the_routes(self):
        server = self.serve()
        server.good("GET", "/readyz")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.request("GET", "/metrics")
        self.assertIn('"/readyz"', connection.getresponse().read().decode())

    def test_logs_go_to_stderr_one_json_object_a_line(self):
        server = self.serve("--log-format", "json", "--log-level", "debug")
        server.good("GET", "/healthz")
        self.assertEqual(server.stop(), 0)
        lines = [json.loads(line) for line in server.errors().splitlines()]
        self.assertGreaterEqual(len(lines), 3)
        self.assertNotIn("{", server.output())


if __name__ == "__main__":
    unittest.main()
