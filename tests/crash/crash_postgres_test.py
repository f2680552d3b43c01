#!/usr/bin/env python3
"""The same on PostgreSQL, which loses the sessions of the killed server: run by scripts/with-postgres."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import crash_test

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))
from postgres import new_database, sql  # noqa: E402


class PostgresCrash(crash_test.Crash):
    invariants = {sentence: statement for sentence, statement in crash_test.INVARIANTS.items()
                  if "pragma" not in statement} | {
        "an entry has its event":
            "WITH entered AS MATERIALIZED (SELECT CAST(changed_to AS json) ->> 'conversationId' AS conversation,"
            " CAST(CAST(changed_to AS json) ->> 'entrySeq' AS bigint) AS entry FROM event WHERE kind = 'step.entered')"
            " SELECT s.id FROM stay s LEFT JOIN entered ON conversation = s.conversation_id AND entry = s.entry_seq"
            " WHERE s.status <> 'error' GROUP BY s.id HAVING count(conversation) <> 1",
    }

    def setUp(self):
        self.url = new_database(self)
        self.database = ("--database", self.url)
        super().setUp()

    def rows(self, statement, *values):
        return [tuple(line.split("|")) for line in sql(statement, self.url).splitlines()]


if __name__ == "__main__":
    unittest.main()
