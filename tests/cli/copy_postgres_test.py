#!/usr/bin/env python3
"""`etapa copy` from an SQLite file to a PostgreSQL server and back: run by scripts/with-postgres."""

import contextlib
import json
import os
import pty
import re
import sqlite3
import subprocess
import sys
import time
import unittest

from postgres import new_database, sql
from support import BINARY, PATIENCE, CliTest, environment, wait_until

# What a client sees of an installation.
LISTS = ("/organization", "/crm/scenario", "/conversation?limit=100", "/memberships", "/tags", "/agents", "/contacts",
         "/jobs?limit=1000")
FILE = "sqlite:data/etapa.db"
LONG = bool(os.environ.get("ETAPA_LONG"))
MANY = 100_000  # conversations


class Copying(CliTest):
    def demo(self):
        """The key of a demo installation in FILE, with a file in it, and a job that is due in an hour."""
        server = self.serve("--demo", "--database", FILE)
        wait_until(lambda: "ask once more then" in server.output(), "the introduction")
        key = re.search(r"^  (etapa_\w+)$", server.output(), re.M)[1]
        conversation = server.good("GET", "/conversation?limit=1", key=key)[0]["id"]
        server.good("POST", "/webhooks", {"url": "https://receiver.example/hook", "events": ["scenario.deleted"]}, key)
        scenario = server.good("GET", "/crm/scenario", key=key)[0]["id"]
        end = server.good("POST", "/crm/step", {"scenarioId": scenario, "name": "End", "prompt": "x"}, key)["id"]
        wait = {"scenarioId": scenario, "name": "Wait", "prompt": "x", "autoNextTime": 3600, "autoNextStepId": end}
        waiting = server.good("POST", "/crm/step", wait, key)["id"]
        server.good("POST", "/crm/step/conversation", {"conversationId": conversation, "stepId": waiting}, key)
        return server, key, conversation

    def settle(self, organization, conversation):
        """Stores bytes of every value, and lets no timer fire during the test."""
        with contextlib.closing(sqlite3.connect(self.directory / "data" / "etapa.db")) as database:
            database.execute("INSERT INTO blob (organization_id, id, conversation_id, name, mime_type, size, bytes,"
                             " created_at) VALUES (?, 'all-bytes', ?, 'x', 'application/octet-stream', 768, ?, 1)",
                             (organization, conversation, bytes(range(256)) * 3))
            database.execute("UPDATE job SET due_at = due_at + 86400000")
            database.execute("UPDATE placement SET due_at = due_at + 86400000")
            database.commit()

    def copied(self, origin, target):
        """The command's result, and what it said while it worked."""
        done = subprocess.run([BINARY, "copy", "--from", origin, "--to", target], cwd=self.directory, capture_output=True,
                              text=True, timeout=20 * PATIENCE, env=environment())
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout), done.stderr

    def answers(self, url, key):
        server = self.serve("--database", url, "--key-file", "data/etapa.db.key")
        answers = {path: server.good("GET", path, key=key) for path in LISTS}
        answers["explain"] = {one["id"]: server.good("GET", f"/conversations/{one['id']}/explain", key=key)
                              for one in answers["/conversation?limit=100"][:5]}
        answers["events"] = server.good("GET", "/events?limit=1000", key=key)["data"]
        return server, answers


class Copy(Copying):
    def test_there_and_back_answers_the_same(self):
        server, key, conversation = self.demo()
        organization = server.good("GET", "/organization", key=key)["id"]
        cursor = server.good("GET", "/events?limit=1000", key=key)["cursor"]
        self.assertEqual(server.stop(), 0)
        self.settle(organization, conversation)
        server, before = self.answers(FILE, key)
        self.assertTrue(before["/jobs?limit=1000"])

        # From beside a running server.
        there, told = self.copied(FILE, url := new_database(self))
        self.assertEqual(server.stop(), 0)
        self.assertIn("conversation: 40 rows\n", told)
        self.assertIn("--key-file", told)
        self.assertIn("data/etapa.db.key", told)
        self.assertEqual(there["epoch"], 2)
        server, on_postgres = self.answers(url, key)
        self.assertEqual(on_postgres, before)
        self.assertEqual(sql("SELECT encode(bytes, 'hex') FROM blob", url), (bytes(range(256)) * 3).hex())

        # A cursor of the source is refused; what happens from now on comes behind what was copied.
        status, refusal = server.call("GET", f"/events?after={cursor}", key=key)
        self.assertEqual((status, "moved" in json.dumps(refusal)), (400, True))
        cursor = server.good("GET", "/events?limit=1000", key=key)["cursor"]
        server.good("POST", "/crm/scenario", {"name": "After the copy"}, key)
        events = wait_until(lambda: server.good("GET", f"/events?after={cursor}", key=key)["data"], "the event")
        self.assertEqual([event["type"] for event in events], ["scenario.created"])
        self.assertEqual(server.stop(), 0)

        back, _ = self.copied(url, "sqlite:back/etapa.db")
        self.assertEqual(back["epoch"], 3)
        changed = {"event", "scenario", "webhook_cursor", "delivery", "job"}
        self.assertEqual([one for one in back["tables"] if one["name"] not in changed],
                         [one for one in there["tables"] if one["name"] not in changed])
        server, after = self.answers("sqlite:back/etapa.db", key)
        self.assertEqual(after["/crm/scenario"][-1]["name"], "After the copy")
        del after["/crm/scenario"][-1]
        self.assertEqual(after["events"][-1], events[0])
        del after["events"][-1]
        self.assertEqual(after, before)
        server.good("POST", "/crm/scenario", {"name": "Once more"}, key)

    def test_between_two_of_a_kind(self):
        self.init("Acme", ETAPA_DATABASE=FILE)
        first, _ = self.copied(FILE, "sqlite:second.db")
        url, other = new_database(self), new_database(self)
        for origin, target in (("sqlite:second.db", url), (url, other)):
            again, _ = self.copied(origin, target)
            self.assertEqual(again["tables"], first["tables"])

    def test_events_keep_the_order_of_their_commits(self):
        """Events whose numbers are in another order than their transactions: none is skipped by a webhook."""
        url = new_database(self)
        organization = self.init("Acme", ETAPA_DATABASE=url)["organizationId"]
        sql(f"""DELETE FROM event; INSERT INTO event (organization_id, sequence, transaction_id, kind, subject_id,
                changed_from, changed_to, actor_kind, actor_id, cause, created_at) SELECT '{organization}', sequence,
                transaction, 'x', sequence, '{{}}', '{{}}', 'engine', '', '', 0 FROM (VALUES (5, 12), (6, 11), (7, 10))
                AS e (sequence, transaction);
                INSERT INTO webhook_cursor VALUES ('{organization}', 1, 11, 6)""", url)
        self.copied(url, FILE)
        with contextlib.closing(sqlite3.connect(self.directory / "data" / "etapa.db")) as database:
            self.assertEqual(database.execute("SELECT sequence, transaction_id FROM event ORDER BY 1").fetchall(),
                             [(5, 0), (6, 0), (7, 0)])
            self.assertEqual(database.execute("SELECT epoch, sequence FROM webhook_cursor").fetchall(), [(1, 4)])

    def test_refuses_what_it_must_not_touch(self):
        url = new_database(self)
        self.init("Acme", ETAPA_DATABASE=FILE)
        self.copied(FILE, url)
        self.init("Other", ETAPA_DATABASE="sqlite:other.db")
        for target in (url, "sqlite:other.db", FILE):
            refusal = self.refused(1, "copy", "--from", FILE, "--to", target)
            self.assertRegex(refusal, "is not empty: .* Give another one with --to")
        self.assertIn("cannot be opened", self.refused(1, "copy", "--from", "sqlite:none.db", "--to", "sqlite:new.db"))
        self.assertIn("--to", self.refused(2, "copy", "--from", FILE))

        self.change(FILE, "DELETE FROM schema_version WHERE version = (SELECT max(version) FROM schema_version)")
        self.assertIn("older schema", self.refused(1, "copy", "--from", FILE, "--to", "sqlite:new.db"))
        self.change(FILE, "INSERT INTO schema_version VALUES (999, 'x', 0)")
        self.assertIn("has schema 999", self.refused(1, "copy", "--from", FILE, "--to", "sqlite:new.db"))
        self.assertFalse((self.directory / "new.db").exists())

    def change(self, url, statement):
        with contextlib.closing(sqlite3.connect(self.directory / url.removeprefix("sqlite:"))) as database:
            database.execute(statement)
            database.commit()

    def test_a_server_on_the_target_is_seen(self):
        self.init("Acme", ETAPA_DATABASE=FILE)
        self.serve("--database", "sqlite:served.db")
        self.assertIn("Another etapa server runs",
                      self.refused(1, "copy", "--from", FILE, "--to", "sqlite:served.db"))

    def test_a_copy_that_was_interrupted_starts_again(self):
        self.init("Acme", ETAPA_DATABASE=FILE)
        url = new_database(self)
        self.good("migrate", "--database", url)
        # The last table but a few cannot be filled, as if the connection had been lost there.
        sql("ALTER TABLE webhook ADD CONSTRAINT never CHECK (FALSE)", url)
        with contextlib.closing(sqlite3.connect(self.directory / "data" / "etapa.db")) as database:
            organization = database.execute("SELECT id FROM organization").fetchone()[0]
            database.execute("INSERT INTO webhook VALUES (?, 'w', 'u', NULL, 's', 'active', NULL, 0, 0, 0)",
                             (organization,))
            database.commit()
        self.assertNotEqual(self.etapa("copy", "--from", FILE, "--to", url).returncode, 0)
        self.assertEqual(sql("SELECT count(*) FROM organization", url), "0")
        sql("ALTER TABLE webhook DROP CONSTRAINT never", url)
        self.copied(FILE, url)

    def test_draws_a_bar_where_somebody_watches(self):
        self.init("Acme", ETAPA_DATABASE=FILE)
        ours, theirs = pty.openpty()
        done = subprocess.run([BINARY, "copy", "--from", FILE, "--to", "sqlite:new.db"], cwd=self.directory,
                              stdout=subprocess.PIPE, stderr=theirs, timeout=PATIENCE, env=environment())
        os.close(theirs)
        drawn = b""
        with contextlib.suppress(OSError):  # the end of a terminal
            while piece := os.read(ours, 65_536):
                drawn += piece
        os.close(ours)
        self.assertEqual(done.returncode, 0, drawn)
        self.assertIn(b"[#########################] 100 % comparing", drawn)
        self.assertEqual(len(json.loads(done.stdout)["tables"]) > 20, True)


if LONG:
    class CopyOfMany(Copying):
        def multiply(self, table, condition, **members):
            """Copies rows so often; `members` are expressions in which `n` counts."""
            columns = [name for _, name, *_ in self.file.execute(f"PRAGMA table_info({table})") if name != "sequence"]
            values = ", ".join(members.get(name, name) for name in columns)
            self.file.execute(f"WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {MANY})"
                              f" INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table}, numbers"
                              f" WHERE {condition} ORDER BY n")

        def fill(self, conversation):
            """Each copy has the messages, notes of history, tags and timer of this conversation."""
            def copy_of(column):
                return f"substr({column}, 1, 17) || printf('%08d', n)"

            of_it, own = f"conversation_id = '{conversation}'", copy_of("conversation_id")
            self.multiply("conversation", f"id = '{conversation}'", id=copy_of("id"))
            for table in ("conversation_tag", "conversation_variable"):
                self.multiply(table, of_it, conversation_id=own)
            for table in ("message", "stay"):
                self.multiply(table, of_it, conversation_id=own, id="id || '-' || n")
            self.multiply("placement", of_it, conversation_id=own, id="id || '-' || n",
                          active_stay_id="active_stay_id || '-' || n")
            self.multiply("job", "kind = 'timer.fire'", id="id || '-' || n", key="key || '-' || n")
            self.multiply("event", f"kind = 'conversation.created' AND subject_id = '{conversation}'",
                          subject_id=copy_of("subject_id"))

        def test_there_and_back_is_the_same(self):
            server, key, conversation = self.demo()
            self.assertEqual(server.stop(), 0)
            with contextlib.closing(sqlite3.connect(self.directory / "data" / "etapa.db")) as self.file:
                self.fill(conversation)
                self.file.execute("UPDATE job SET due_at = due_at + 86400000")
                self.file.commit()
                size = self.file.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()[0]
            began = time.monotonic()
            there, _ = self.copied(FILE, url := new_database(self))
            arrived = time.monotonic()
            back, _ = self.copied(url, "sqlite:back/etapa.db")
            seconds = arrived - began, time.monotonic() - arrived
            self.assertEqual(back["tables"], there["tables"])
            self.assertGreater({table["name"]: table["rows"] for table in back["tables"]}["conversation"], MANY)
            sizes = [bytes / 1e6 for bytes in (size, int(sql("SELECT pg_database_size(current_database())", url)),
                                               (self.directory / "back" / "etapa.db").stat().st_size)]
            print(f"figure: copied {MANY} conversations, {there['rows']} rows: {sizes[0]:.0f} MB in a file, to {sizes[1]:.0f} MB"
                  f" on a server in {seconds[0]:.1f} s, back to {sizes[2]:.0f} MB in {seconds[1]:.1f} s", file=sys.stderr)
            server = self.serve("--database", "sqlite:back/etapa.db", "--key-file", "data/etapa.db.key")
            self.assertEqual(len(server.good("GET", "/conversation?limit=100", key=key)), 100)


if __name__ == "__main__":
    unittest.main()
