#!/usr/bin/env python3
"""What the nodes do when their PostgreSQL server fails them: it is replaced by its standby, restarted, has no connection
left, no room left, or keeps a table for somebody else. Clients are told 503 and when to come again, nothing acknowledged
is lost, and afterwards everything goes on. Run by scripts/with-postgres, beside whose server it starts its own."""

import collections
import http.client
import json
import os
import shutil
import sys
import tempfile
import threading
import time
import unittest

from cluster import Cluster, Session
from postgres import new_database, sql
from small_disk import SmallDisk
from support import CliTest, wait_until

LONG = bool(os.environ.get("ETAPA_LONG"))
CLIENTS = 6
BEFORE = 10 if LONG else 1  # seconds of load before the server fails


class Load:
    """Clients that create conversations and move them, at several nodes, and remember what was acknowledged."""

    def __init__(self, ports, key, steps):
        self.ports, self.key, self.steps = ports, key, steps
        self.entered = {}  # conversation: the steps of its acknowledged entries
        self.instants = []  # of acknowledgements
        self.statuses = collections.Counter()  # 0: the node did not answer
        self.odd = []  # answers that no client should get
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(number,)) for number in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def end(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def acknowledged_since(self, instant):
        return any(one > instant for one in self.instants[-50:])

    def call(self, number, path, body):
        """The answer, or None when it is unknown what became of it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[number % len(self.ports)], timeout=30)
        try:
            headers = {"Authorization": "Bearer " + self.key, "Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as failure:
            self.odd.append(repr(failure))
            return None
        finally:
            connection.close()
        self.statuses[answer.status] += 1
        if answer.status in (200, 201):
            self.instants.append(time.monotonic())
            return json.loads(text)
        if answer.status != 503 or answer.getheader("Retry-After") is None:
            self.odd.append((path, answer.status, text))
        self.ended.wait(0.1)
        return None

    def work(self, number):
        while not self.ended.is_set():
            created = self.call(number, "/conversation", {"channel": "website"})
            if created is None:
                continue
            conversation = created["id"]
            steps = self.entered[conversation] = []
            for name in ("first", "second", "first"):
                path, member = ("/crm/step/move", "destStepId") if steps else ("/crm/step/conversation", "stepId")
                if self.call(number, path, {"conversationId": conversation, member: self.steps[name]}) is None:
                    break
                steps.append(name)

    def longest_pause(self):
        return max(after - before for before, after in zip(self.instants, self.instants[1:]))


class Failing(CliTest):
    def start(self, address, nodes):
        self.address = address
        owner = ("--organization", "Acme", "--owner-email", "acme@example.com")
        self.key = self.good("init", "--database", address, *owner)["apiKey"]
        self.nodes = [self.serve("--database", address, "--key-file", "shared.key") for _ in range(nodes)]
        self.scenario = self.make("/crm/scenario", name="Sales")
        self.steps = {name: self.make("/crm/step", scenarioId=self.scenario, name=name, prompt="x")
                      for name in ("first", "second")}

    def make(self, path, **body):
        return self.nodes[0].good("POST", path, body, self.key)["id"]

    def new_directory(self):
        """That postgres may write to."""
        directory = tempfile.mkdtemp(prefix="etapa-cluster-")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres")
        os.chmod(directory, 0o755)
        return directory

    def cluster(self, directory=None, **options):
        cluster = Cluster(directory or self.new_directory(), **options)
        self.addCleanup(cluster.close)
        return cluster

    def load(self):
        load = Load([node.port for node in self.nodes], self.key, self.steps)
        self.addCleanup(load.end)
        return load

    def await_good(self, load, what):
        """Every client is acknowledged again."""
        now = time.monotonic()
        wait_until(lambda: sum(instant > now for instant in load.instants[-200:]) >= 4 * CLIENTS, what)

    def check(self, load, name, address):
        """Nothing acknowledged is lost, everybody was told what to do, and nobody is left out of breath."""
        load.end()
        self.assertEqual(load.odd, [])
        rows = [line.split("|") for line in sql("SELECT conversation_id, step_name FROM stay WHERE status <> 'error'"
                                                " ORDER BY conversation_id, entry_seq", address).splitlines()]
        entered = collections.defaultdict(list)
        for conversation, step in rows:
            entered[conversation].append(step)
        present = set(sql("SELECT id FROM conversation", address).splitlines())
        self.assertEqual(load.entered.keys() - present, set(), "an acknowledged conversation is lost")
        for conversation, steps in load.entered.items():
            self.assertEqual(entered[conversation][:len(steps)], steps, "an acknowledged entry is lost")
            self.assertLessEqual(len(entered[conversation]), len(steps) + 1)
        for node in self.nodes:  # one of its connections may still wait for its next attempt
            wait_until(lambda node=node: node.call("GET", "/readyz")[0] == 200, "a node that is ready")
        print(f"figure: {name}: {len(load.instants)} acknowledged calls all present, {load.statuses[503]} answered 503,"
              f" no acknowledgement for {load.longest_pause():.1f} s", file=sys.stderr)

    def is_put_off(self, path, body):
        """An answer of 503 that says when to come again."""
        connection = http.client.HTTPConnection("127.0.0.1", self.nodes[0].port, timeout=30)
        try:
            connection.request("POST", path, json.dumps(body),
                               {"Authorization": "Bearer " + self.key, "Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            return answer.status == 503 and answer.getheader("Retry-After") == "1"
        finally:
            connection.close()


class Failover(Failing):
    def test_to_the_standby_loses_nothing_acknowledged(self):
        primary = self.cluster()
        standby = self.cluster(of=primary)
        primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.sql("SELECT pg_reload_conf()")
        wait_until(lambda: primary.sql("SELECT sync_state FROM pg_stat_replication") == "sync", "the standby")
        self.start(f"postgres://etapa@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/postgres", nodes=2)
        load = self.load()
        load.ended.wait(BEFORE)
        primary.stop("immediate")
        standby.promote()
        self.await_good(load, "the new primary")
        self.check(load, "failover", standby.address)


class Restart(Failing):
    def test_under_load_loses_nothing_acknowledged(self):
        server = self.cluster()
        self.start(server.address, nodes=2)
        history = "SELECT stats_reset FROM pg_stat_bgwriter"
        for how in ["fast"] + ["immediate"] * 10 if LONG else ["immediate"]:
            load = self.load()
            load.ended.wait(BEFORE)
            before = server.sql(history)
            server.stop(how)
            server.start()
            # A crash begins another history, in which the numbers of lost transactions are given to others.
            self.assertEqual(server.sql(history) != before, how == "immediate")
            self.await_good(load, "the server")
            self.check(load, f"restart, {how}", server.address)


class FewConnections(Failing):
    def setUp(self):
        super().setUp()
        self.server = self.cluster(max_connections="12")  # three of them for the owner
        self.server.sql("CREATE ROLE app LOGIN")
        self.server.sql("ALTER DATABASE postgres OWNER TO app")
        self.start(self.server.address.replace("etapa@", "app@"), nodes=1)  # which would like to have 17

    def test_that_others_have_taken_all_are_waited_for(self):
        others = []
        self.addCleanup(lambda: [other.close() for other in others])

        def others_have_all():
            self.server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'etapa'")
            while (other := Session(self.address, "SELECT 1;")).is_in:
                others.append(other)
            other.close()
            return self.server.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'etapa'") == "0"

        wait_until(others_have_all, "no connection is left")
        self.assertTrue(self.is_put_off("/conversation", {}))
        self.assertEqual(self.nodes[0].call("GET", "/readyz")[0], 503)
        self.assertEqual(self.nodes[0].call("GET", "/healthz")[0], 200)
        for other in others:
            other.close()
        load = self.load()  # nine connections for seventeen threads
        self.await_good(load, "connections")
        self.check(load, "connections exhausted and free again", self.server.address)


class LockedTable(Failing):
    def test_is_told_in_time_and_goes_on_when_it_is_free(self):
        self.start(new_database(self), nodes=1)
        other = Session(self.address, "BEGIN; LOCK TABLE conversation IN ACCESS EXCLUSIVE MODE;")
        self.addCleanup(other.close)
        began = time.monotonic()
        self.assertTrue(self.is_put_off("/conversation", {}))
        self.assertLess(time.monotonic() - began, 15)
        self.make("/crm/scenario", name="Another table")
        other.close()
        wait_until(lambda: self.nodes[0].call("POST", "/conversation", {}, self.key)[0] in (200, 201), "the table")


if LONG:  # mounts a disk, which not every machine lets even root do

    class FullDisk(Failing):
        def test_is_told_and_forgotten(self):
            disk = SmallDisk(self.directory / "disk", 150)
            self.addCleanup(disk.close)
            if os.geteuid() == 0:
                shutil.chown(disk.path, "postgres")
            os.chmod(self.directory, 0o755)
            server = self.cluster(disk.path, max_wal_size="16MB", min_wal_size="2MB", wal_keep_size="0")
            self.start(server.address, nodes=1)
            load = self.load()
            load.ended.wait(BEFORE)
            disk.fill()
            wait_until(lambda: load.statuses[503] > 2 * CLIENTS, "the disk is full")
            disk.free()
            try:
                server.sql("SELECT 1")
            except Exception:  # the server could not even restart; somebody starts it
                server.close()
                server.start()
            self.await_good(load, "room")
            self.check(load, "full disk", server.address)


if __name__ == "__main__":
    unittest.main()
