"""A storm: customers who write through a provider's hook, again and again until it acknowledges, steps that greet them by that
provider, people who move them about, and a webhook that is told all of it, while servers are killed with -9. What has to hold
at its end is counted at the provider's imposter and at the webhook's receiver."""

import collections
import hashlib
import hmac
import http.client
import http.server
import json
import os
import random
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))
from nodes_postgres_test import Nodes  # noqa: E402
from support import CliTest, wait_until  # noqa: E402
from whatsapp_test import NUMBER, Imposter  # noqa: E402

LONG = bool(os.environ.get("ETAPA_LONG"))
SEED = int(os.environ.get("ETAPA_SEED", "1"))
KILLS = 12 if LONG else 2
BETWEEN_KILLS = 4 if LONG else 2.5  # seconds
PROVIDERS, MOVERS = 4, 2  # threads
PATIENCE = 600 if LONG else 90  # seconds until everything is done that was left to do
TOLD = ("conversation.created", "message.created", "message.changed", "step.entered")
SAID = ("Hi", "What is the price?", "Thank you", "Bye")  # by each customer; the price is a keyword


class MoodyReceiver:
    """Refuses every tenth delivery. Keeps those that it took, in the order in which they came."""

    def __init__(self):
        self.taken = []  # webhook-id and body
        self.attempts = 0
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.send_response(200 if receiver.takes(self.headers["webhook-id"], body) else 500)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def takes(self, id, body):
        with self.lock:
            self.attempts += 1
            if self.attempts % 10 == 0:
                return False
            self.taken.append((id, body))
            return True

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Storm:
    """Its threads, and what they were told is stored."""

    def __init__(self, nodes, key, design):
        self.nodes, self.key, self.design = nodes, key, design
        self.ended = threading.Event()
        self.said = {}  # customer: how many messages were acknowledged
        self.moved = {}  # conversation: the steps that it was moved to
        self.left_alone = set()  # conversations with a move of which nobody knows
        self.acknowledged = self.unanswered = 0
        self.failures = []
        works = [self.provider] * PROVIDERS + [self.mover] * MOVERS
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

    def call(self, chance, method, path, text=None, headers=None):
        """The answer of any node, or None when nobody knows what became of it."""
        port = self.nodes.ports(chance.randrange(9))[0]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request(method, path, text, {"Content-Type": "application/json"} | (
                headers or {"Authorization": "Bearer " + self.key}))
            answer = connection.getresponse()
            status, body = answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            status, body = 0, b""
        finally:
            connection.close()
        if status in (200, 201):
            self.acknowledged += 1
            return json.loads(body)
        if status not in (0, 503):
            raise AssertionError(f"{path} answered {status} {body}")
        self.unanswered += 1
        self.ended.wait(0.05)
        return None

    def provider(self, number, turn, chance):
        """As Meta does it: each message twice, to any node, and again until it is acknowledged. The next one comes after
        that."""
        customer = f"1650{number:02}{turn:05}"
        for count, text in enumerate(SAID):
            for _ in range(2):
                while self.deliver(chance, customer, f"wamid.{customer}.{count}", text) is None:
                    if self.ended.is_set():
                        return
            self.said[customer] = count + 1

    def deliver(self, chance, customer, wamid, text):
        message = {"from": customer, "id": wamid, "timestamp": str(int(time.time())), "type": "text",
                   "text": {"body": text}}
        value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER},
                 "contacts": [{"profile": {"name": customer}, "wa_id": customer}], "messages": [message]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [{"changes": [{"value": value}]}]})
        signature = hmac.new(b"secret", body.encode(), hashlib.sha256).hexdigest()
        return self.call(chance, "POST", f"/integrations/whatsapp/webhook?service_provider_id={self.design['channel']}",
                         body, {"X-Hub-Signature-256": f"sha256={signature}"})

    def mover(self, number, turn, chance):
        """Moves conversations of its own share into the step that greets, and out of it."""
        listed = self.call(chance, "GET", "/conversation?limit=40") or []
        mine = [one["id"] for one in listed if int(one["id"][-6:], 36) % MOVERS == number % MOVERS]
        for conversation in chance.sample(mine, min(4, len(mine))):
            if conversation in self.left_alone or self.ended.is_set():
                continue
            steps = self.moved.setdefault(conversation, [])
            step = "greet" if len(steps) % 2 == 0 else "quiet"
            body = {"conversationId": conversation, "destStepId": self.design[step],
                    "shouldSendInitialMessage": step == "greet"}
            if self.call(chance, "POST", "/crm/step/move", json.dumps(body)) is None:
                self.left_alone.add(conversation)
            else:
                steps.append(step)


class StormTest(CliTest):
    """For one database: `rows(statement)` reads it, `node()` starts a server on it."""

    def prepare(self):
        self.imposter = Imposter("token of the account")
        self.imposter.slowest = 0.5
        self.addCleanup(self.imposter.close)
        self.receiver = MoodyReceiver()
        self.addCleanup(self.receiver.close)

    def node(self):
        return self.serve(*self.database, "--outbound-allow", "127.0.0.1", "--whatsapp-graph-url", self.imposter.url,
                          "--retries", ",".join(["500ms"] * 30))

    def count(self, statement):
        return int(self.rows(statement)[0][0])

    def design(self, node):
        def make(path, **body):
            return node.good("POST", path, body, self.key)["id"]

        def step(name, **members):
            return make("/crm/step", scenarioId=scenario, name=name, prompt="x", **members)

        scenario = make("/crm/scenario", name="Talks")
        design = {"new": step("new"), "quiet": step("quiet"),
                  "talk": step("talk", trigger="price", initialMessage="The price, {user-name}?"),
                  "greet": step("greet", initialMessage="Hello {user-name}")}
        bot = make("/agents", name="Bot")
        node.good("POST", f"/agents/{bot}/crm-config", {"scenarioId": scenario}, self.key)
        design["channel"] = make(f"/agents/{bot}/channels", type="whatsapp", phoneNumberId=NUMBER,
                                 phoneNumber="15550783881", accessToken="token of the account", appSecret="secret",
                                 webhookVerifyToken="let me in")
        make("/webhooks", url=self.receiver.url, events=TOLD)
        return design

    def storm(self, count):
        nodes = Nodes(self.node, count)
        storm = Storm(nodes, self.key, self.design(nodes.servers[0]))
        try:
            for kill in range(KILLS):
                storm.ended.wait(BETWEEN_KILLS)
                nodes.kill(kill % count)
            storm.ended.wait(BETWEEN_KILLS / 2)
        finally:
            storm.end()
        self.assertEqual(storm.failures, [])
        self.await_rest()
        self.check_heard(storm)
        self.check_moves(storm)
        sent = self.check_sent()
        told = self.check_told()
        print(f"figure: storm on {count} node(s), {nodes.kills} kills: {storm.acknowledged} acknowledged calls,"
              f" {storm.unanswered} without an answer; {sum(storm.said.values())} messages of {len(storm.said)} customers"
              f" stored once and in order; {sent}; {told} (seed {SEED})", file=sys.stderr)

    def await_rest(self):
        """Nothing is left to do, and everything is told."""
        wait_until(lambda: self.count("SELECT count(*) FROM job WHERE state = 'pending'") == 0 and
                   self.count("SELECT count(*) FROM delivery WHERE state = 'pending'") == 0, "all jobs done", PATIENCE)
        self.assertEqual(self.rows("SELECT kind, key, last_error FROM job"), [], "no job is given up")

    def check_heard(self, storm):
        """What was acknowledged is there once, in the order in which it was said, in one conversation of each customer."""
        heard = collections.defaultdict(list)
        for conversation, wamid in self.rows("SELECT conversation_id, external_id FROM message WHERE sender = 'human'"
                                             " ORDER BY conversation_id, id"):
            heard[conversation].append(wamid)
        by_customer = {}
        for wamids in heard.values():
            customer = wamids[0].split(".")[1]
            self.assertNotIn(customer, by_customer, "a customer has one conversation")
            by_customer[customer] = wamids
        for customer, wamids in by_customer.items():
            self.assertEqual(wamids, [f"wamid.{customer}.{number}" for number in range(len(wamids))])
        for customer, count in storm.said.items():
            self.assertIn(len(by_customer.get(customer, [])), (count, count + 1), f"messages of {customer}")

    def check_moves(self, storm):
        entered = collections.defaultdict(list)
        for conversation, step in self.rows("SELECT conversation_id, step_name FROM stay WHERE cause LIKE 'api%'"
                                            " AND status <> 'error' ORDER BY conversation_id, entry_seq"):
            entered[conversation].append(step)
        for conversation, steps in storm.moved.items():
            more = 1 if conversation in storm.left_alone else 0
            self.assertEqual(entered[conversation][:len(steps)], steps, "an acknowledged move is lost")
            self.assertLessEqual(len(entered[conversation]), len(steps) + more, "a move was made twice")
        twice = self.rows("SELECT conversation_id FROM stay WHERE cause IN ('entry', 'trigger') AND status <> 'error'"
                          " GROUP BY conversation_id, cause HAVING count(*) > 1")
        self.assertEqual(twice, [], "a customer enters once, and asks for the price once")

    def check_sent(self):
        """Each message left at most once, as the imposter counts; where that is not known, it is shown as uncertain."""
        self.assertEqual(self.imposter.problems, [])
        accepted = collections.Counter(body["biz_opaque_callback_data"] for body in self.imposter.accepted)
        self.assertEqual([id for id, count in accepted.items() if count > 1], [], "a message was sent twice")
        self.assertEqual(self.rows("SELECT metadata FROM message WHERE sender = 'agent' GROUP BY metadata"
                                   " HAVING count(*) > 1"), [], "an entry says one message")
        states = dict(self.rows("SELECT id, delivery FROM message WHERE sender = 'agent'"))
        self.assertEqual(accepted.keys() - states.keys(), set(), "what was sent is there")
        odd = {id: state for id, state in states.items()
               if state != "uncertain" and (state, accepted[id]) != ("sent", 1)}
        self.assertEqual(odd, {})
        uncertain = [id for id, state in states.items() if state == "uncertain"]
        shown = self.count("SELECT count(*) FROM stay WHERE status = 'error'")
        self.assertEqual(shown, len(uncertain), "a row of history tells of each that is uncertain")
        taken = sum(accepted[id] for id in uncertain)
        return f"{len(accepted)} messages sent once, {len(uncertain)} shown as uncertain ({taken} of them had been taken)"

    def check_told(self):
        """Every event once, unless a crash left its end unknown; in order in each conversation."""
        events = self.rows("SELECT sequence, kind FROM event ORDER BY transaction_id, sequence")
        wanted = [f"msg_{sequence}" for sequence, kind in events if kind in TOLD]
        first, again = {}, 0
        for place, (id, body) in enumerate(self.receiver.taken):
            again += id in first
            self.assertEqual(first.setdefault(id, (place, body))[1], body, "an id is one event")
        self.assertEqual(first.keys() ^ set(wanted), set(), "every event is told")
        lanes = collections.defaultdict(list)
        for id in wanted:
            place, body = first[id]
            lanes[json.loads(body)["data"]["conversationId"]].append(place)
        disorder = [lane for lane, places in lanes.items() if places != sorted(places)]
        self.assertEqual(disorder, [], "a conversation is told in order")
        return f"{len(wanted)} events told in order in {len(lanes)} conversations, {again} of them again under their id"
