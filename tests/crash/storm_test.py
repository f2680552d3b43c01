#!/usr/bin/env python3
"""The storm on an SQLite file, whose one server is killed again and again."""

import contextlib
import sqlite3
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import storm  # noqa: E402


class SqliteStorm(storm.StormTest):
    database = ()

    def setUp(self):
        super().setUp()
        self.key = self.init()["apiKey"]
        self.prepare()

    def rows(self, statement):
        with contextlib.closing(sqlite3.connect(self.directory / "data" / "etapa.db", timeout=30)) as file:
            return file.execute(statement).fetchall()

    def test_loses_nothing_and_does_nothing_twice(self):
        self.storm(1)
        self.assertEqual(self.rows("SELECT * FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), [])


if __name__ == "__main__":
    unittest.main()
