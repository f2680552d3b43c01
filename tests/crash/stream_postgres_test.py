#!/usr/bin/env python3
"""The live stream of two nodes on one PostgreSQL database: who follows it goes on at the other node when one is killed, with
the same ids in the same order. Run by scripts/with-postgres."""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))
from postgres import new_database  # noqa: E402
from streams import FollowedStream  # noqa: E402

ROUNDS = 30 if os.environ.get("ETAPA_LONG") else 4


class TwoNodes(FollowedStream):
    def test_are_followed_from_one_to_the_other(self):
        url = new_database(self)
        owner = ("--organization", "Acme", "--owner-email", "acme@example.com")
        key = self.good("init", "--database", url, *owner)["apiKey"]

        def start(listen="127.0.0.1:0"):
            return self.serve("--database", url, "--key-file", "shared.key", listen=listen)

        self.follow(key, [start(), start()], start, ROUNDS)


if __name__ == "__main__":
    unittest.main()
