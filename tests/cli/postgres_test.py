#!/usr/bin/env python3
"""Several nodes on one PostgreSQL server: run by scripts/with-postgres."""

import http.client
import itertools
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

    def test_ten_may_start_at_once_on_an_empty_database(self):
        nodes = [self.serve(*self.database, "--key-file", "shared.key", wait=False) for _ in range(10)]
        for node in nodes:
            port = wait_until(node.greeting, "the greeting of each").split()[-1].rsplit(":", 1)[1]
            node.port = int(port)
        key = self.key()
        for node in nodes:
            self.assertEqual(node.good("GET", "/organization", key=key)["name"], "Acme")
        self.assertEqual(sql("SELECT count(*) = max(version) FROM schema_version", self.url), "t")
        self.assertEqual(sql("SELECT count(*) FROM installation", self.url), "1")

    def test_a_key_that_is_revoked_at_one_is_refused_at_once_by_all(self):
        owner = self.key()
        nodes = [self.node(), self.node()]
        for way in ("API", "command"):
            made = nodes[0].good("POST", "/keys", {"name": way}, owner)
            for node, method in itertools.product(nodes, ("GET", "POST")):  # both have seen it
                node.good(method, "/crm/scenario", {"name": way} if method == "POST" else None, made["apiKey"])
            if way == "API":
                nodes[0].good("DELETE", f"/keys/{made['id']}", key=owner)
            else:
                self.good("key", "revoke", *self.database, made["id"])
            for node, (method, path, body) in itertools.product(reversed(nodes), (
                    ("POST", "/crm/scenario", {"name": "Never"}), ("POST", "/crm/scenario", {"name": ""}),
                    ("DELETE", "/crm/scenario/none", None), ("GET", "/crm/scenario", None),
                    ("GET", "/crm/scenario/none", None))):
                self.assertEqual(node.call(method, path, body, made["apiKey"])[0], 401, (way, method, path))
        self.assertEqual([one["name"] for one in nodes[1].good("GET", "/crm/scenario", key=owner)],
                         ["API"] * 2 + ["command"] * 2)

    def expect_round_trips(self, wanted, node, act):
        """How often reads and writes wait for the server. What runs beside may only add to it, on a slow machine often."""
        def so_far():
            connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
            connection.request("GET", "/metrics")
            lines = connection.getresponse().read().decode().splitlines()
            connection.close()
            return [next(float(line.split()[-1]) for line in lines
                         if line.startswith(f'etapa_database_round_trips_total{{transaction="{kind}"}}'))
                    for kind in ("read", "write")]

        counts, least = [], None
        while len(counts) < 8 or (len(counts) < 200 and least != wanted):
            before = so_far()
            act()
            counts.append([after - one for after, one in zip(so_far(), before)])
            least = [int(min(kind)) for kind in zip(*counts)]
        self.assertEqual(least, wanted)

    def test_a_known_key_costs_no_wait_of_its_own(self):
        key = self.key()
        node = self.node()
        conversation, step = self.timed_board(node, key, 3600)
        scenario = node.good("GET", f"/crm/step/{step}", key=key)["scenario"]["id"]
        other = node.good("POST", "/crm/step", {"scenarioId": scenario, "name": "Other", "prompt": "x"}, key)["id"]
        ways = itertools.cycle([other, step])

        def move():
            node.good("POST", "/crm/step/move", {"conversationId": conversation, "destStepId": next(ways)}, key)

        self.expect_round_trips([2, 0], node, lambda: node.good("GET", f"/crm/step/{step}", key=key))
        self.expect_round_trips([0, 3], node, move)

    def test_the_rate_limit_of_a_key_holds_at_all_together(self):
        key = self.key()
        nodes = [self.serve(*self.database, "--key-file", "shared.key", "--rate-limit", "40") for _ in range(2)]

        def of_one_minute():
            """How many of 60 calls were let pass; None when a minute ended meanwhile."""
            answers = []
            for node in nodes * 30:
                connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
                connection.request("GET", "/organization", headers={"Authorization": "Bearer " + key})
                answer = connection.getresponse()
                answer.read()
                connection.close()
                answers.append((answer.getheader("X-RateLimit-Reset"), answer.status))
            if len({minute for minute, _ in answers}) == 1:
                return [status for _, status in answers].count(200)
            return None

        passed = wait_until(of_one_minute, "a minute of its own")
        self.assertLessEqual(passed, 40)
        self.assertGreaterEqual(passed, 36)

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
