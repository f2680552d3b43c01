#!/usr/bin/env python3
"""The live stream of the real server: many listeners, some that never read, and restarts while it is followed."""

import json
import os
import re
import resource
import unittest
from pathlib import Path

from streams import FollowedStream, Listener, Writers, read_until
from support import wait_until

LONG = bool(os.environ.get("ETAPA_LONG"))
LISTENERS = 1_000 if LONG else 200
EVENTS = 200
ROUNDS = 20 if LONG else 4
SLOW = 20  # listeners that do not read
# What is freed is given back at once, so that the memory in use can be seen.
NO_QUARANTINE = "quarantine_size_mb=1:thread_local_quarantine_size_kb=16"


def allow_open_files(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


class LiveStream(FollowedStream):
    def listeners(self, server, key, count):
        listeners = [Listener(server.port, key) for _ in range(count)]
        for listener in listeners:
            self.addCleanup(listener.close)
        read_until(listeners, lambda: all(one.is_open() for one in listeners), "open streams")
        return listeners

    def test_tells_many_the_same_in_the_same_order_and_ends_for_all(self):
        allow_open_files(LISTENERS + 100)
        key = self.init()["apiKey"]
        server = self.serve()
        before, _ = self.events(server, key)
        listeners = self.listeners(server, key, LISTENERS)
        writers = Writers(lambda: [server.port], key)
        self.addCleanup(writers.close)
        wait_until(lambda: len(writers.made) >= EVENTS, "the events")
        writers.close()
        expected = self.events(server, key)[0][len(before):]
        read_until(listeners, lambda: all(one.count() >= len(expected) for one in listeners), "events in all streams")
        told = listeners[0].frames()
        self.assertEqual([(kind, json.loads(data)["subjectId"]) for _, kind, data in told], expected)
        self.assertEqual([number for number, one in enumerate(listeners) if one.frames() != told], [])
        self.assertEqual(server.stop(), 0)
        read_until(listeners, lambda: all(one.is_ended for one in listeners), "the end of all streams")
        self.assertNotIn("Closing connections that did not end in time", server.errors())

    def test_keeps_nothing_for_those_that_do_not_read(self):
        key = self.init()["apiKey"]
        server = self.serve(ASAN_OPTIONS=NO_QUARANTINE)
        scenario = server.good("POST", "/crm/scenario", {"name": "Sales"}, key)["id"]
        step = server.good("POST", "/crm/step", {"scenarioId": scenario, "name": "New", "prompt": "x"}, key)["id"]

        def change(count):  # events of 200 kB
            for number in range(count):
                server.good("PUT", "/crm/step", {"id": step, "prompt": f"{number % 10}" * 100_000}, key)

        change(200)  # until the server has all that it needs for this
        _, beginning = self.events(server, key, limit=5)
        slow = self.listeners(server, key, SLOW)
        change(20)
        before = self.megabytes(server)
        change(200)
        grown = self.megabytes(server) - before
        self.assertLess(grown, 40, "megabytes of the server's own after 40 megabytes of events for each of the listeners")
        print(f"figure: {SLOW} listeners that do not read 40 MB each cost {grown:.0f} MB")
        _, end = self.events(server, key, limit=5)
        told = self.read_all(server, key, slow[0], beginning, end)
        self.assertEqual("".join(told), "0123456789" * 22)

    def megabytes(self, server):
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s*(\d+)", status)[1]) / 1024

    def read_all(self, server, key, listener, beginning, end):
        """The first letter of each prompt that it was told, also when it is cut and has to come again."""
        frames, before = [], []
        while not frames or frames[-1][0] != end:
            listener.read()
            if listener.is_ended or f"\nid: {end}\n".encode() in listener.received[-300_000:]:
                frames = before + listener.frames()
            if listener.is_ended:
                before = frames
                listener = Listener(server.port, key, last=frames[-1][0] if frames else beginning)
                self.addCleanup(listener.close)
        return [json.loads(data)["to"]["prompt"][0] for _, _, data in frames]

    def test_is_followed_through_restarts_and_crashes(self):
        key = self.init()["apiKey"]

        def start(listen="127.0.0.1:0"):
            return self.serve(listen=listen)

        self.follow(key, [start()], start, ROUNDS)


if __name__ == "__main__":
    unittest.main()
