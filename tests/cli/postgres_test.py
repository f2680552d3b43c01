#!/usr/bin/env python3
"""Several nodes on one PostgreSQL server: run by scripts/with-postgres."""

import unittest

from postgres import new_database, sql
from support import CliTest, wait_until


class Nodes(CliTest):
    def setUp(self):
        super().setUp()
        self.url = new_database(self)
        self.name = self.url.rsplit("/", 1)[1]
        self.database = ("--database", self.url)

    def node(self):
        return self.serve(*self.database, "--key-file", "shared.key")

    def key(self):
        return self.good("init", *self.database, "--organization", "Acme", "--owner-email", "a@example.com")["apiKey"]

    def timed_board(self, node, key, seconds):
        """A conversation in a step that it leaves after so long; the conversation and where it will go."""
        scenario = node.good("POST", "/crm/scenario", {"name": "Sales"}, key)["id"]
        end = node.good("POST", "/crm/step", {"scenarioId": scenario, "name": "End", "prompt": "x"}, key)["id"]
        wait = {"scenarioId": scenario, "name": "Wait", "prompt": "x", "autoNextTime": seconds,
                "autoNextStepId": end}
        first = node.good("POST", "/crm/step", wait, key)["id"]
        conversation = node.good("POST", "/conversation", {}, key)["id"]
        node.good("POST", "/crm/step/conversation", {"conversationId": conversation, "stepId": first}, key)
        return conversation, end

    def test_one_goes_on_where_another_was_killed(self):
        key = self.key()
        first, second = self.node(), self.node()
        conversation, end = self.timed_board(first, key, 3)
        first.process.kill()

        def has_moved():
            return second.good("GET", f"/conversations/{conversation}/explain", key=key)["placement"]["stepId"] == end

        wait_until(has_moved, "the timer of a node that is gone")
        entries = [event for event in second.good("GET", "/events?limit=1000", key=key)["data"]
                   if event["type"] == "step.entered"]
        self.assertEqual(len(entries), 2, "placed once, moved once")

    def test_while_the_server_is_away_nobody_is_ready(self):
        key = self.key()
        node = self.node()
        self.assertEqual(node.call("GET", "/readyz")[0], 200)
        sql(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false")
        sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'")
        wait_until(lambda: node.call("GET", "/readyz")[0] == 503, "not to be ready")
        self.assertEqual(node.call("GET", "/healthz")[0], 200)
        self.assertEqual(node.call("POST", "/crm/scenario", {"name": "Sales"}, key)[0], 503)
        sql(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true")
        wait_until(lambda: node.call("GET", "/readyz")[0] == 200, "to be ready again")
        node.good("POST", "/crm/scenario", {"name": "Sales"}, key)

    def test_commands_say_what_to_do(self):
        with_password = self.url.replace("etapa@", "etapa:secret@")
        done = self.etapa("migrate", "--database", with_password)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("secret", done.stdout + done.stderr)
        self.assertIn("pg_dump", self.refused(1, "backup", *self.database, "copy"))
        self.assertIn("Start the server", self.refused(1, "serve", "--database", "postgres://etapa@127.0.0.1:1/none",
                                                       "--key-file", "shared.key"))
        self.key()
        self.assertEqual(len(self.good("key", "list", *self.database)), 1)


if __name__ == "__main__":
    unittest.main()
