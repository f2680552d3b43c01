#!/usr/bin/env python3
"""A server whose database stands on a full disk: what it still does, what it refuses, and that room is all it needs."""

import http.client
import json
import os
import sqlite3
import sys
import unittest

from small_disk import SmallDisk, may_mount
from support import PATIENCE, CliTest

DATABASE = "sqlite:disk/etapa.db"
REFUSED_MIN = 5  # in a row, then the disk is full and not only its last piece too small


class FullDisk(CliTest):
    def setUp(self):
        super().setUp()
        self.disk = SmallDisk(self.directory / "disk", 12)
        self.addCleanup(self.disk.close)
        self.key = self.init(ETAPA_DATABASE=DATABASE)["apiKey"]
        self.kept = {}  # the title of each conversation that was acknowledged, by its id

    def started(self):
        return self.serve("--database", DATABASE)

    def write(self, server, title):
        """Creates a conversation; whether the server acknowledged it, and what it answered otherwise."""
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            connection.request("POST", "/conversation", json.dumps({"title": title}), headers)
            answer = connection.getresponse()
            body = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status in (200, 201):
            self.kept[body["id"]] = title
            return True
        self.assertEqual((answer.status, body["code"]), (503, "store_unavailable"), body)
        self.assertEqual(body["message"], "The store cannot take this now; try again soon.")
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        return False

    def fill(self, server):
        """Writes until nothing more is taken: large things first, then small ones."""
        talk = server.good("POST", "/conversation", {}, self.key)["id"]
        self.kept[talk] = None
        long = {"message": "x" * 90_000, "from": "human"}
        while (status := server.call("POST", f"/conversations/{talk}/message-register", long, self.key)[0]) in (200, 201):
            pass
        self.assertEqual(status, 503)
        refused = 0
        while refused < REFUSED_MIN:
            refused = 0 if self.write(server, f"Try {len(self.kept)}") else refused + 1

    def check_nothing_is_lost(self, server):
        for identity, title in self.kept.items():
            self.assertEqual(server.good("GET", f"/conversation/{identity}", key=self.key)["title"], title)
        self.assertEqual(server.good("GET", "/crm/conversation/count", key=self.key)["data"]["total"], len(self.kept))

    def test_is_told_and_forgotten_when_there_is_room(self):
        (self.disk.path / "ballast").write_bytes(bytes(6 << 20))
        server = self.started()
        self.fill(server)
        self.check_nothing_is_lost(server)
        self.disk.free("ballast")
        self.assertTrue(self.write(server, "Room"))
        self.check_nothing_is_lost(server)
        self.assertEqual(server.stop(), 0)
        with sqlite3.connect(self.disk.path / "etapa.db") as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])

    def test_lets_nothing_go_when_the_server_is_killed(self):
        (self.disk.path / "ballast").write_bytes(bytes(6 << 20))
        server = self.started()
        self.fill(server)
        server.close()
        self.disk.fill()
        again = self.started()
        self.check_nothing_is_lost(again)
        self.disk.free()
        self.disk.free("ballast")
        self.assertTrue(self.write(again, "Room"))
        self.check_nothing_is_lost(again)

    def test_is_named_by_a_server_that_cannot_start(self):
        self.assertEqual(self.started().stop(), 0)  # makes the key
        self.disk.fill()
        said = self.refused(1, "serve", "--listen", "127.0.0.1:0", "--database", DATABASE)
        self.assertIn("disk is full", said)
        self.disk.free()
        self.started().good("GET", "/crm/scenario", key=self.key)

    def test_keeps_an_older_database_that_cannot_be_copied(self):
        path = self.disk.path / "etapa.db"
        self.assertEqual(self.started().stop(), 0)  # makes the key
        with sqlite3.connect(path) as database:
            newest = database.execute("SELECT * FROM schema_version ORDER BY version DESC LIMIT 1").fetchone()
            database.execute("DELETE FROM schema_version WHERE version = ?", newest[:1])
        database.close()
        (self.disk.path / "room").write_bytes(bytes(128 << 10))  # for what stands beside an open file, but for no copy
        self.disk.fill()
        self.disk.free("room")
        said = self.refused(1, "migrate", "--database", DATABASE)
        self.assertIn(f"etapa.db.before-{newest[0]} cannot be written", said)
        self.assertIn("disk is full", said)
        self.assertEqual([file.name for file in self.disk.path.iterdir() if "before" in file.name], [])
        with sqlite3.connect(path) as database:  # as the older program would open it
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual(database.execute("SELECT max(version) FROM schema_version").fetchone(), (newest[0] - 1,))
            database.execute("INSERT INTO schema_version VALUES (?, ?, ?)", newest)
        database.close()
        self.started().good("GET", "/crm/scenario", key=self.key)


if __name__ == "__main__":
    if not os.environ.get("ETAPA_LONG") and not may_mount():
        print("Left out: here nobody may mount a small disk. The long tests insist on it.")
        sys.exit()
    unittest.main()
