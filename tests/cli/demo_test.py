#!/usr/bin/env python3
"""`etapa serve --demo` as a newcomer meets it: what it prints works when pasted, and its timer moves a conversation."""

import contextlib
import json
import os
import re
import sqlite3
import subprocess
import unittest

from support import PATIENCE, CliTest, wait_until


class Demo(CliTest):
    def setUp(self):
        super().setUp()
        self.server = self.serve("--demo")
        wait_until(lambda: "ask once more then" in self.server.output(), "the introduction")
        self.key = re.search(r"^  (etapa_\w+)$", self.server.output(), re.M)[1]
        self.curl_lines = re.findall(r"^  (curl .*)$", self.server.output(), re.M)

    def get(self, path):
        return self.server.good("GET", path, key=self.key)

    def paste(self, line):
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def step(self, name):
        return next(step for step in self.get(f"/crm/step?scenarioId={self.scenario()}") if step["name"] == name)

    def scenario(self):
        return self.get("/crm/scenario")[0]["id"]

    def explain(self, conversation):
        return self.get(f"/conversations/{conversation}/explain")

    def test_has_all_that_it_promises(self):
        steps = self.get(f"/crm/step?scenarioId={self.scenario()}")
        self.assertEqual(len(steps), 5)
        self.assertEqual([step["isRequired"] for step in steps].count(True), 1)
        self.assertEqual([step["isConversationRemovalStep"] for step in steps].count(True), 1)
        self.assertEqual([(step["autoNextTime"], step["autoNextTimeUnit"]) for step in steps if step["autoNextTime"]],
                         [(1, "m")])
        fair = [step for step in steps if step["assigneeLogicType"] == "fair_distribution_selected"]
        self.assertEqual([len(step["selectedMembershipIdsForAssignee"]) for step in fair], [3])
        self.assertEqual(len(self.get("/memberships")), 4)
        conversations = self.get("/conversation?limit=100")
        self.assertEqual(len(conversations), 40)
        self.assertGreater(len({one["channel"] for one in conversations}), 3)
        self.assertTrue(all(one["participantsContacts"] for one in conversations))
        self.assertGreater(sum(bool(one["tags"]) for one in conversations), 10)
        with contextlib.closing(sqlite3.connect(self.directory / "data" / "etapa.db")) as database:
            self.assertGreater(database.execute("SELECT count(*) FROM message").fetchone()[0], 40)

    def test_prints_three_curl_lines_that_work(self):
        steps, moved, explained = (self.paste(line) for line in self.curl_lines)
        self.assertEqual(len(steps), 5)
        self.assertTrue(moved["success"])
        self.assertEqual(explained["stepName"], "Offer")
        self.assertIn("Its timer moves it on", explained["sentence"])

    def test_makes_nothing_twice_and_loses_nothing(self):
        moved = self.paste(self.curl_lines[1])
        self.assertEqual(self.server.stop(), 0)
        again = self.serve("--demo", listen=f"127.0.0.1:{self.server.port}")
        self.assertNotIn("etapa_", again.output())
        self.assertEqual(len(self.get("/conversation?limit=100")), 40)
        self.assertIn(moved["newStepId"], json.dumps(self.paste(self.curl_lines[2])))

    def moves_on(self, seconds):
        """Moves the conversation of the curl lines into 'Offer' and waits until it has left."""
        conversation = re.search(r'"conversationId":"(\w+)"', self.curl_lines[1])[1]
        self.paste(self.curl_lines[1])
        arrived = wait_until(lambda: (now := self.explain(conversation))["stepName"] == "Follow-up" and now,
                             "the timer", seconds)
        self.assertEqual(arrived["stays"][0]["cause"], "timer")

    def test_its_timer_moves_a_conversation(self):
        offer = self.step("Offer")
        self.server.good("PUT", "/crm/step", {"id": offer["id"], "autoNextTime": 1, "autoNextTimeUnit": None}, self.key)
        self.moves_on(PATIENCE)

    if os.environ.get("ETAPA_LONG"):

        def test_its_timer_moves_a_conversation_after_a_real_minute(self):
            self.moves_on(60 + PATIENCE)


if __name__ == "__main__":
    unittest.main()
