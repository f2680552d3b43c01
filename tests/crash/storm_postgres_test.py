#!/usr/bin/env python3
"""The storm on equal nodes over one PostgreSQL server, killed in turn. Run by scripts/with-postgres."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import storm  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))
from postgres import new_database, sql  # noqa: E402


class PostgresStorm(storm.StormTest):
    def setUp(self):
        super().setUp()
        self.url = new_database(self)
        self.database = ("--database", self.url, "--key-file", "shared.key")
        owner = ("--organization", "Acme", "--owner-email", "acme@example.com")
        self.key = self.good("init", "--database", self.url, *owner)["apiKey"]
        self.prepare()

    def rows(self, statement):
        return [tuple(line.split("|")) for line in sql(statement, self.url).splitlines()]

    def test_loses_nothing_and_does_nothing_twice(self):
        self.storm(4 if storm.LONG else 2)


if __name__ == "__main__":
    unittest.main()
