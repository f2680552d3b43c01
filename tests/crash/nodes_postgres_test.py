#!/usr/bin/env python3
"""Equal nodes on one PostgreSQL server under load, one of them killed with -9 again and again, another one frozen for longer
than its leases: what was acknowledged is there, and nothing happens twice. Run by scripts/with-postgres."""

import collections
import hashlib
import hmac
import http.client
import json
import os
import random
import signal
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))
import crash_postgres_test  # noqa: E402
from delivery_test import Receiver  # noqa: E402
from postgres import new_database, sql  # noqa: E402
from support import CliTest, wait_until  # noqa: E402
from whatsapp_test import NUMBER, Imposter  # noqa: E402

LONG = bool(os.environ.get("ETAPA_LONG"))
SECONDS = 120 if LONG else 12  # of load
TIMERS = 100_000 if LONG else 2_000  # that fall due at once
BETWEEN_KILLS = 4  # seconds
FROZEN = 10  # seconds; a lease lasts 8
CLIENTS = 6
PATIENCE = 900 if LONG else 60  # seconds until everything is done that was left to do
SEED = int(os.environ.get("ETAPA_SEED", "1"))

# Copies of what one conversation in a step with a timer is made of. {n} counts; ids keep their length.
COPIES = """
INSERT INTO conversation SELECT copy.* FROM conversation AS one, generate_series(1, {n}) AS number,
    LATERAL jsonb_populate_record(one, jsonb_build_object('id', 'c0' || lpad(number::text, 23, '0'))) AS copy
    WHERE one.id = '{conversation}';
INSERT INTO stay SELECT copy.* FROM stay AS one, generate_series(1, {n}) AS number,
    LATERAL jsonb_populate_record(one, jsonb_build_object('id', 'c0' || lpad(number::text, 23, '0'),
        'conversation_id', 'c0' || lpad(number::text, 23, '0'))) AS copy
    WHERE one.conversation_id = '{conversation}';
INSERT INTO placement SELECT copy.* FROM placement AS one, generate_series(1, {n}) AS number,
    LATERAL jsonb_populate_record(one, jsonb_build_object('id', 'c0' || lpad(number::text, 23, '0'), 'due_at', {due},
        'conversation_id', 'c0' || lpad(number::text, 23, '0'),
        'active_stay_id', 'c0' || lpad(number::text, 23, '0'))) AS copy
    WHERE one.conversation_id = '{conversation}';
INSERT INTO job SELECT copy.* FROM job AS one, generate_series(1, {n}) AS number,
    LATERAL jsonb_populate_record(one, jsonb_build_object('id', 'c0' || lpad(number::text, 23, '0'), 'due_at', {due},
        'key', replace(one.key, '{placement}', 'c0' || lpad(number::text, 23, '0')),
        'payload', replace(replace(one.payload, '{placement}', 'c0' || lpad(number::text, 23, '0')),
            '{conversation}', 'c0' || lpad(number::text, 23, '0')))) AS copy
    WHERE one.key LIKE 'timer:{placement}:%';
INSERT INTO event (organization_id, kind, subject_id, changed_from, changed_to, actor_kind, actor_id, cause, created_at)
    SELECT organization_id, kind, 'c0' || lpad(number::text, 23, '0'), changed_from,
        replace(changed_to, '{conversation}', 'c0' || lpad(number::text, 23, '0')), actor_kind, actor_id, cause, created_at
    FROM event, generate_series(1, {n}) AS number WHERE kind = 'step.entered' AND subject_id = '{placement}';
ANALYZE;
"""


class Nodes:
    """The nodes; one of them may be away for a moment."""

    def __init__(self, start, count):
        self.start = start
        self.servers = [start() for _ in range(count)]
        self.kills = self.freezes = 0
        self.ended = threading.Event()

    def ports(self, first):
        """Of all nodes, beginning with one of them."""
        servers = list(self.servers)
        return [servers[(first + index) % len(servers)].port for index in range(len(servers))]

    def kill(self, number):
        self.servers[number].close()
        self.servers[number] = self.start()
        self.kills += 1

    def freeze(self):
        """The last node, for longer than its leases; meanwhile the others are killed in turn."""
        frozen = self.servers[-1]
        frozen.signal(signal.SIGSTOP)
        self.freezes += 1
        until = time.monotonic() + FROZEN
        victim = 0
        while not self.ended.wait(min(BETWEEN_KILLS, max(0.0, until - time.monotonic()))) and time.monotonic() < until:
            self.kill(victim % (len(self.servers) - 1))
            victim += 1
        frozen.signal(signal.SIGCONT)

    def torment(self):
        self.ended.wait(2)
        while not self.ended.is_set():
            self.freeze()
            if not self.ended.wait(BETWEEN_KILLS / 4):
                self.kill(len(self.servers) - 1)


class Load:
    """Clients that do what people, programs and providers do, and remember what was acknowledged."""

    def __init__(self, nodes, key, design):
        self.nodes, self.key, self.design = nodes, key, design
        self.ended = threading.Event()
        self.moved = {}  # conversation: the steps of its acknowledged entries
        self.said = []  # conversation and text of acknowledged turns
        self.customers = set()  # whose messages were acknowledged
        self.acknowledged = self.refused = 0
        self.failures = []
        works = [self.board] * CLIENTS + [self.turns] * 2 + [self.provider] * 2
        self.threads = [threading.Thread(target=self.work, args=(number, work)) for number, work in enumerate(works)]
        for thread in self.threads:
            thread.start()

    def end(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def work(self, number, work):
        chance = random.Random(SEED * 1000 + number)
        turn = 0
        try:
            while not self.ended.is_set():
                work(number, turn, chance)
                turn += 1
        except Exception as failure:  # shown by the test
            self.failures.append(failure)

    def try_at(self, port, path, text, headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("POST", path, text, {"Content-Type": "application/json"} | headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def call(self, number, path, body):
        """The answer, or None when nobody knows what became of it; a node that is away is passed over."""
        port = self.nodes.ports(number)[0]
        status, answer = self.try_at(port, path, json.dumps(body), {"Authorization": "Bearer " + self.key})
        if status in (200, 201):
            self.acknowledged += 1
            return json.loads(answer)
        if status not in (0, 503):
            raise AssertionError(f"{path} answered {status} {answer}")
        self.refused += 1
        self.ended.wait(0.05)
        return None

    def board(self, number, turn, chance):
        """A conversation that is assigned fairly, and moved about, perhaps into a step with a timer."""
        created = self.call(number + turn, "/conversation", {"channel": "website"})
        if created is None:
            return
        conversation = created["id"]
        steps = self.moved[conversation] = []
        way = ["fair"] + ["second", "first"] * chance.randrange(2) + ["timed"] * (chance.random() < 0.3)
        for step in way:
            path, member = ("/crm/step/move", "destStepId") if steps else ("/crm/step/conversation", "stepId")
            body = {"conversationId": conversation, member: self.design[step]}
            if self.call(number + turn + len(steps), path, body) is None:
                return
            steps.append(step)

    def turns(self, number, turn, chance):
        """What an end user says to an agent."""
        known = {}
        for word in ("Hello", "the price", "Thanks"):
            text = f"{word} {number}.{turn}"
            answer = self.call(chance.randrange(9), f"/agents/{self.design['bot']}/query", {"query": text} | known)
            if answer is None:
                return
            known = {"conversationId": answer["conversationId"]}
            self.said.append((answer["conversationId"], text))

    def provider(self, number, turn, chance):
        """As Meta does it: each message twice, to any node, and again until it is taken."""
        customer = f"1650{number:02}{turn:05}"
        for count, text in enumerate(("Hi", "What is the price?")):
            for _ in range(2):
                while not self.deliver(chance.randrange(9), customer, f"wamid.{customer}.{count}", text):
                    if self.ended.wait(0.1):
                        return
        self.customers.add(customer)

    def deliver(self, number, customer, wamid, text):
        message = {"from": customer, "id": wamid, "timestamp": str(int(time.time())), "type": "text",
                   "text": {"body": text}}
        value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER},
                 "contacts": [{"profile": {"name": customer}, "wa_id": customer}], "messages": [message]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [{"changes": [{"value": value}]}]})
        signature = hmac.new(b"secret", body.encode(), hashlib.sha256).hexdigest()
        path = f"/integrations/whatsapp/webhook?service_provider_id={self.design['channel']}"
        status, answer = self.try_at(self.nodes.ports(number)[0], path, body, {"X-Hub-Signature-256": f"sha256={signature}"})
        if status not in (0, 200, 503):
            raise AssertionError(f"the hook answered {status} {answer}")
        return status == 200


class Reader:
    """Pages through the events from the beginning, at any node."""

    def __init__(self, nodes, key):
        self.nodes, self.key = nodes, key
        self.events, self.cursor = [], ""
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        number = 0
        while not self.ended.is_set():
            number += 1
            if not self.page(number):
                self.ended.wait(0.1)

    def page(self, number):
        """Whether there was something."""
        connection = http.client.HTTPConnection("127.0.0.1", self.nodes.ports(number)[0], timeout=3)
        try:
            connection.request("GET", f"/events?limit=1000{self.cursor}", headers={"Authorization": "Bearer " + self.key})
            answer = connection.getresponse()
            page = json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        if answer.status != 200:
            return False
        self.cursor = "&after=" + page["cursor"]
        self.events += [(event["type"], event["subjectId"], event["createdAt"]) for event in page["data"]]
        return bool(page["data"])

    def end(self):
        self.ended.set()
        self.thread.join()


class ManyNodes(CliTest):
    def setUp(self):
        super().setUp()
        self.url = new_database(self)
        self.database = ("--database", self.url, "--key-file", "shared.key")
        owner = ("--organization", "Acme", "--owner-email", "acme@example.com")
        self.key = self.good("init", "--database", self.url, *owner)["apiKey"]
        self.imposter = Imposter("token of the account")
        self.addCleanup(self.imposter.close)
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def node(self):
        return self.serve(*self.database, "--outbound-allow", "127.0.0.1", "--whatsapp-graph-url", self.imposter.url,
                          "--retries", "1s,1s,2s,2s,5s,5s,5s,5s,5s,5s,5s")

    def rows(self, statement):
        return [tuple(line.split("|")) for line in sql(statement, self.url).splitlines()]

    def count(self, statement):
        return int(self.rows(statement)[0][0])

    def design(self, node):
        def make(path, **body):
            return node.good("POST", path, body, self.key)["id"]

        def step(scenario, name, **members):
            return make("/crm/step", scenarioId=scenario, name=name, prompt="x", **members)

        members = [make("/memberships", email=f"{name}@example.com", name=name, role="USER")
                   for name in ("ann", "bob", "cid")]
        sales, talks = make("/crm/scenario", name="Sales"), make("/crm/scenario", name="Talks")
        design = {name: step(sales, name) for name in ("first", "second", "after", "done")}
        design["fair"] = step(sales, "fair", assigneeLogicType="fair_distribution_selected",
                              selectedMembershipIdsForAssignee=members)
        design["timed"] = step(sales, "timed", autoNextTime=1, autoNextStepId=design["after"])
        design["deadline"] = step(sales, "deadline", autoNextTime=3600, autoNextStepId=design["done"])
        step(talks, "new")
        step(talks, "talk", trigger="price", initialMessage="Hello {user-name}")
        design["bot"] = make("/agents", name="Bot")
        node.good("POST", f"/agents/{design['bot']}/crm-config", {"scenarioId": talks}, self.key)
        design["channel"] = make(f"/agents/{design['bot']}/channels", type="whatsapp", phoneNumberId=NUMBER,
                                 phoneNumber="15550783881", accessToken="token of the account", appSecret="secret",
                                 webhookVerifyToken="let me in")
        url = f"http://127.0.0.1:{self.receiver.port}/"
        make("/webhooks", url=url, events=["conversation.created", "message.created"])
        return design

    def arm_timers(self, node, design):
        """Copies of one conversation whose timers all fall due at once; when."""
        conversation = node.good("POST", "/conversation", {}, self.key)["id"]
        node.good("POST", "/crm/step/conversation",
                  {"conversationId": conversation, "stepId": design["deadline"]}, self.key)
        placement = self.rows(f"SELECT id FROM placement WHERE conversation_id = '{conversation}'")[0][0]
        due = int(time.time() * 1000) + (30_000 if LONG else 3_000)
        sql(COPIES.format(n=TIMERS, conversation=conversation, placement=placement, due=due), self.url)
        node.good("POST", "/crm/step/move", {"conversationId": conversation, "destStepId": design["first"]}, self.key)
        return due

    def torment(self, count):
        nodes = Nodes(self.node, count)
        design = self.design(nodes.servers[0])
        due = self.arm_timers(nodes.servers[0], design)
        reader = Reader(nodes, self.key)
        load = Load(nodes, self.key, design)
        tormentor = threading.Thread(target=nodes.torment)
        try:
            tormentor.start()
            load.ended.wait(SECONDS)
        finally:
            load.end()
            nodes.ended.set()
            tormentor.join()
        self.assertEqual(load.failures, [])
        try:
            self.await_rest()
        finally:
            reader.end()
        while reader.page(0):
            pass
        self.check_acknowledged(load)
        self.check_conversations()
        self.check_timers(due)
        self.check_fairness()
        self.check_reader(reader)
        webhooks = self.check_webhooks()
        messages = self.check_messages(load)
        print(f"figure: {count} nodes, {nodes.kills} kills, {nodes.freezes} freezes, {SECONDS} s of load:"
              f" {load.acknowledged} acknowledged calls all present, {load.refused} without an answer;"
              f" {len(reader.events)} events read once; {webhooks}; {messages} (seed {SEED})", file=sys.stderr)

    def await_rest(self):
        """Nothing is left to do, and everything is told."""
        soon = int(time.time() * 1000) + 1_800_000
        wait_until(lambda: self.count(f"SELECT count(*) FROM job WHERE due_at < {soon}") == 0 and
                   self.count("SELECT count(*) FROM delivery WHERE state = 'pending'") == 0 and
                   self.count("SELECT count(*) FROM message WHERE delivery IN ('waiting', 'handed_over')") == 0,
                   "all jobs done", PATIENCE)

    def check_acknowledged(self, load):
        present = {id for id, in self.rows("SELECT id FROM conversation")}
        self.assertEqual(load.moved.keys() - present, set(), "an acknowledged conversation is lost")
        entered = collections.defaultdict(list)
        for conversation, step in self.rows("SELECT conversation_id, step_name FROM stay WHERE cause LIKE 'api%'"
                                            " AND status <> 'error' ORDER BY conversation_id, entry_seq"):
            entered[conversation].append(step)
        for conversation, steps in load.moved.items():
            self.assertEqual(entered[conversation][:len(steps)], steps, "an acknowledged entry is lost")
            self.assertLessEqual(len(entered[conversation]), len(steps) + 1, "at most the last call is there besides")
        said = collections.Counter(self.rows("SELECT conversation_id, text FROM message WHERE sender = 'human'"))
        self.assertEqual([turn for turn in load.said if said[turn] != 1], [], "an acknowledged turn is stored once")

    def check_conversations(self):
        for sentence, violations in crash_postgres_test.PostgresCrash.invariants.items():
            self.assertEqual(self.rows(violations), [], sentence)
        self.assertEqual(self.rows(
            "SELECT id FROM (SELECT id, created_at, lag(ended_at) OVER (PARTITION BY conversation_id ORDER BY entry_seq)"
            " AS before FROM stay WHERE status <> 'error') AS stays WHERE created_at < before"), [],
            "a stay began before its predecessor ended")

    def check_timers(self, due):
        fired = self.rows("SELECT count(*), count(DISTINCT conversation_id), max(created_at) FROM stay"
                          " WHERE cause = 'timer' AND step_name = 'done'")[0]
        self.assertEqual(fired[:2], (str(TIMERS), str(TIMERS)), "each timer fires once")
        self.assertEqual(self.count("SELECT count(*) FROM event WHERE kind = 'step.entered'"
                                    " AND subject_id LIKE 'c0000%'"), 2 * TIMERS)
        print(f"figure: {TIMERS} timers fired once, the last {(int(fired[2]) - due) / 1000:.1f} s late", file=sys.stderr)
        odd = self.rows("SELECT conversation_id FROM stay WHERE step_name IN ('timed', 'after') GROUP BY conversation_id"
                        " HAVING string_agg(step_name || ' ' || cause, ',' ORDER BY entry_seq)"
                        " <> 'timed api_move,after timer'")
        self.assertEqual(odd, [], "the timers of the clients' conversations fire once")

    def check_fairness(self):
        loads = self.rows("SELECT membership_id, open FROM member_load WHERE open > 0")
        counted = self.rows("SELECT membership_id, count(*) FROM conversation_assignee GROUP BY membership_id")
        self.assertEqual(sorted(loads), sorted(counted), "the kept loads are what a recount gives")
        opens = [int(open) for _, open in loads]
        self.assertEqual(len(opens), 3)
        self.assertLessEqual(max(opens) - min(opens), 1, f"fairness: {opens}")

    def check_reader(self, reader):
        stored = self.rows("SELECT kind, subject_id, to_char(to_timestamp(created_at / 1000.0) AT TIME ZONE 'UTC',"
                           " 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') FROM event ORDER BY transaction_id, sequence")
        self.assertEqual(len(reader.events), len(stored))
        self.assertTrue(reader.events == stored, "the reader saw every event once, in the order of the store")

    def check_webhooks(self):
        wanted = {f"msg_{sequence}" for sequence, in self.rows(
            "SELECT sequence FROM event WHERE kind IN ('conversation.created', 'message.created')"
            " AND created_at >= (SELECT created_at FROM webhook)")}
        payloads = collections.defaultdict(collections.Counter)
        for one in self.receiver.received:
            payloads[one["headers"]["webhook-id"]][one["body"]] += 1
        self.assertEqual(payloads.keys(), wanted, "every event is told")
        self.assertEqual([id for id, bodies in payloads.items() if len(bodies) > 1], [], "an id is one event")
        contents = collections.Counter(body for bodies in payloads.values() for body in bodies)
        self.assertEqual([body for body, count in contents.items() if count > 1], [], "an event has one id")
        again = sum(bodies.total() - 1 for bodies in payloads.values())
        return f"{len(wanted)} webhooks told, {again} of them again under their id"

    def check_messages(self, load):
        """Of the channel: in once, out at most once."""
        self.assertEqual(self.imposter.problems, [])
        twice = self.rows("SELECT external_id FROM message WHERE sender = 'human' AND external_id IS NOT NULL"
                          " GROUP BY external_id HAVING count(*) > 1")
        self.assertEqual(twice, [], "a message is stored once")
        stored = {id for id, in self.rows("SELECT external_id FROM message WHERE sender = 'human'"
                                          " AND external_id IS NOT NULL")}
        lost = [customer for customer in load.customers
                if not {f"wamid.{customer}.0", f"wamid.{customer}.1"} <= stored]
        self.assertEqual(lost, [], "an acknowledged message is lost")
        split = self.rows("SELECT channel_external_id FROM conversation WHERE channel = 'whatsapp'"
                          " GROUP BY channel_external_id HAVING count(*) > 1")
        self.assertEqual(split, [], "a customer has one conversation")
        self.assertEqual(self.rows("SELECT phone_digits FROM contact WHERE phone_digits IS NOT NULL"
                                   " GROUP BY phone_digits HAVING count(*) > 1"), [], "a customer is one contact")
        accepted = collections.Counter(body["to"] for body in self.imposter.accepted)
        self.assertEqual([customer for customer, count in accepted.items() if count > 1], [], "a message was sent twice")
        sent = dict(self.rows("SELECT channel_external_id, delivery FROM message JOIN conversation"
                              " ON conversation.id = conversation_id WHERE sender = 'agent' AND delivery IS NOT NULL"))
        self.assertEqual(load.customers - sent.keys(), set(), "each customer is answered")
        wrong = {customer: delivery for customer, delivery in sent.items()
                 if delivery != "uncertain" and (delivery, accepted[customer]) != ("sent", 1)}
        self.assertEqual(wrong, {})
        self.assertEqual(accepted.keys() - sent.keys(), set())
        uncertain = sum(delivery == "uncertain" for delivery in sent.values())
        return f"{len(sent)} messages sent at most once, {uncertain} of them uncertain"

    def test_two_lose_nothing_and_do_nothing_twice(self):
        self.torment(2)


if LONG:
    class FourNodes(ManyNodes):
        def test_two_lose_nothing_and_do_nothing_twice(self):
            self.torment(4)


if __name__ == "__main__":
    unittest.main()
