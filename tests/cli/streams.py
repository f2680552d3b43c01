"""Listeners of the live stream: many in one thread, and one that follows it from server to server."""

import http.client
import itertools
import json
import selectors
import signal
import socket
import threading
import time

from support import PATIENCE, CliTest, wait_until


class Listener:
    """One stream. HTTP/1.0 has no chunks, so what comes behind the head is the stream itself."""

    def __init__(self, port, key, last=None):
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        self.received = bytearray()
        self.is_ended = False
        try:
            self.socket.connect(("127.0.0.1", port))
            resume = f"Last-Event-ID: {last}\r\n" if last else ""
            self.socket.sendall(f"GET /events/stream HTTP/1.0\r\nAuthorization: Bearer {key}\r\n{resume}\r\n".encode())
        except OSError:
            self.is_ended = True

    def read(self):
        """What has come, or what comes next."""
        try:
            piece = self.socket.recv(1 << 18)
        except OSError:
            piece = b""
        self.received += piece
        self.is_ended = not piece

    def is_open(self):
        return b"\nretry: " in self.received

    def count(self):
        return self.received.count(b"\ndata: ")

    def frames(self):
        """The whole ones: id, type, data."""
        whole = self.received[: self.received.rfind(b"\n\n") + 2].decode()
        parts = [part.split("\n") for part in whole.split("\n\n") if part.startswith("id: ")]
        return [tuple(line.partition(": ")[2] for line in lines) for lines in parts]

    def close(self):
        self.socket.close()


def read_until(listeners, condition, what):
    """Reads all of them, as they come, until the condition holds."""
    deadline = time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as selector:
        for listener in listeners:
            if not listener.is_ended:
                selector.register(listener.socket, selectors.EVENT_READ, listener)
        while not condition():
            for key, _ in selector.select(0.1):
                key.data.read()
                if key.data.is_ended:
                    selector.unregister(key.fileobj)
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not within {PATIENCE} seconds")


class Follower:
    """Reads the stream at one of the ports, and after its end goes on with its last id at the next one."""

    def __init__(self, ports, key, last):
        self.ports, self.key, self.last = ports, key, last
        self.frames = []
        self.at = 0  # the number of the port
        self.opened = 0
        self.listener = None
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        while not self.ended.is_set():
            self.listener = Listener(self.ports()[self.at], self.key, self.last)
            before = len(self.frames)
            while not self.listener.is_ended and not self.ended.is_set():
                self.listener.read()
                self.frames[before:] = self.listener.frames()
            self.opened += self.listener.is_open()
            self.listener.close()
            if len(self.frames) > before:
                self.last = self.frames[-1][0]
            self.at = (self.at + 1) % len(self.ports())
            self.ended.wait(0.02)

    def close(self):
        self.ended.set()
        try:
            self.listener.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.thread.join()


class Writers:
    """Clients that make conversations at all ports, and remember which were acknowledged."""

    def __init__(self, ports, key, count=4):
        self.ports, self.key = ports, key
        self.made = []
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(number,)) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def work(self, number):
        for turn in itertools.count(number):
            if self.ended.is_set():
                return
            ports = self.ports()
            connection = http.client.HTTPConnection("127.0.0.1", ports[turn % len(ports)], timeout=PATIENCE)
            try:
                headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
                connection.request("POST", "/conversation", "{}", headers)
                answer = connection.getresponse()
                if answer.status == 201:
                    self.made.append(json.loads(answer.read())["id"])
            except (OSError, http.client.HTTPException):
                self.ended.wait(0.02)
            finally:
                connection.close()

    def close(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()


class FollowedStream(CliTest):
    """Ends servers while somebody follows the stream and others write."""

    def events(self, server, key, limit=1000):
        """All of them, type and subject, and the cursor behind the last; so many at a time."""
        told, cursor = [], ""
        while True:
            page = server.good("GET", f"/events?limit={limit}" + (f"&after={cursor}" if cursor else ""), key=key)
            told += [(event["type"], event["subjectId"]) for event in page["data"]]
            cursor = page["cursor"]
            if not page["data"]:
                return told, cursor

    def follow(self, key, servers, start, rounds, wanted=25):
        """In each round the server that the follower listens at is ended, by turns with SIGKILL and SIGTERM."""
        ports = [server.port for server in servers]  # which stay the same
        before, beginning = self.events(servers[0], key)
        follower = Follower(lambda: ports, key, beginning)
        self.addCleanup(follower.close)
        writers = Writers(lambda: ports, key)
        self.addCleanup(writers.close)
        for number in range(rounds):
            enough, opened = len(follower.frames) + wanted, follower.opened
            wait_until(lambda: len(follower.frames) >= enough, "events in the stream")
            at = follower.at
            servers[at].signal(signal.SIGTERM if number % 2 else signal.SIGKILL)
            servers[at].wait()
            wait_until(lambda: follower.opened > opened, "the end of the stream")
            servers[at] = start(f"127.0.0.1:{ports[at]}")
        writers.close()
        expected, end = self.events(servers[0], key)
        wait_until(lambda: follower.frames and follower.frames[-1][0] == end, "the last event")
        follower.close()
        self.check(follower, servers, key, beginning, expected[len(before):], writers.made)

    def check(self, follower, servers, key, beginning, expected, made):
        """What was followed is what each server tells at one go, and what the list of events says."""
        for server in servers:
            whole = Listener(server.port, key, beginning)
            read_until([whole], lambda: whole.count() >= len(expected), "the whole stream")
            whole.close()
            self.assertTrue(whole.frames() == follower.frames, "the same ids and events in the same order")
        told = [(kind, json.loads(data)["subjectId"]) for _, kind, data in follower.frames]
        self.assertTrue(told == expected, "no gap, no duplicate, in the order of the list of events")
        subjects = {subject for _, subject in told}
        self.assertEqual([id for id in made if id not in subjects], [], "what was acknowledged is told")
