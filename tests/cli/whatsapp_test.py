"""A number of WhatsApp, whose provider is played by an imposter that keeps the provider's rules: it knows its token, tells
too long texts and closed windows, takes only so much at a time, and counts what it accepted."""

import hashlib
import hmac
import http.client
import json
import os
import random
import signal
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support import CliTest, wait_until

NUMBER = "106540352242922"
CUSTOMER = "16505551234"
PER_SECOND = 80  # messages that the provider takes from a number


class Imposter:
    """Meta's Graph API, as far as messages go. `before_answer(body)` is called when a message was accepted."""

    def __init__(self, token):
        self.token = token
        self.accepted = []
        self.problems = []
        self.refusals = []  # answers to give first: (status, error)
        self.before_answer = lambda body: None
        self.lock = threading.Lock()
        self.arrivals = []  # times of the messages that it had time for
        self.limited = 0
        self.slowest = 0.0  # seconds that an answer may take
        self.files = {}  # id → (status, bytes) of what end users sent
        imposter = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                status, content_type, payload = imposter.file(self.path, self.headers)
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = imposter.judge(self.path, self.headers, body)
                try:
                    payload = json.dumps(answer).encode()
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(payload)))
                    self.end_headers()
                    self.wfile.write(payload)
                except OSError:
                    pass  # the server is gone

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v21.0"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def file(self, path, headers):
        """The question where a file lies, and the file."""
        if headers["Authorization"] != f"Bearer {self.token}":
            return 401, "application/json", b"{}"
        name = path.rsplit("/", 1)[1]
        if name not in self.files:
            return 404, "application/json", b"{}"
        status, content = self.files[name]
        if path == f"/v21.0/{name}":
            place = {"url": self.url.replace("v21.0", f"kept/{name}"), "mime_type": "text/html", "id": name}
            return 200, "application/json", json.dumps(place).encode()
        return status, "text/html", content

    def judge(self, path, headers, body):
        if path != f"/v21.0/{NUMBER}/messages" or body.get("messaging_product") != "whatsapp":
            self.problems.append((path, body))
            return 404, {"error": {"message": "Unknown path components", "code": 2500}}
        if headers["Authorization"] != f"Bearer {self.token}":
            return 401, {"error": {"message": "Invalid OAuth access token.", "code": 190}}
        if len(body.get("text", {}).get("body", "")) > 4096:
            return 400, {"error": {"message": "Param text['body'] must be at most 4096 characters long.", "code": 100}}
        if self.refusals:
            return self.refusals.pop(0)
        with self.lock:
            now = time.monotonic()
            if len(self.arrivals) >= PER_SECOND and now - self.arrivals[-PER_SECOND] < 1:
                self.limited += 1
                return 400, {"error": {"message": "Cloud API message throughput has been reached.", "code": 130429}}
            self.arrivals.append(now)
            self.accepted.append(body)
            number = len(self.accepted)
        self.before_answer(body)
        threading.Event().wait(random.uniform(0, self.slowest))
        return 200, {"messages": [{"id": f"wamid.{number}"}]}

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Whatsapp(CliTest):
    def setUp(self):
        super().setUp()
        self.imposter = Imposter("token of the account")
        self.addCleanup(self.imposter.close)
        self.key = self.init()["apiKey"]
        self.start()
        self.agent = self.api("POST", "/agents", {"name": "Bot"})["id"]
        channel = {"type": "whatsapp", "phoneNumberId": NUMBER, "phoneNumber": "15550783881",
                   "accessToken": "token of the account", "appSecret": "secret", "webhookVerifyToken": "let me in"}
        self.channel = self.api("POST", f"/agents/{self.agent}/channels", channel)["id"]
        self.scenario = self.api("POST", "/crm/scenario", {"name": "Sales"})["id"]
        self.new = self.step("New")
        self.talk = self.step("Talk", initialMessage="Hello {user-name}")

    def start(self, *arguments):
        self.server = self.serve("--outbound-allow", "127.0.0.1", "--whatsapp-graph-url", self.imposter.url, *arguments)

    def api(self, method, path, body=None):
        return self.server.good(method, path, body, key=self.key)

    def step(self, name, **members):
        return self.api("POST", "/crm/step", {"scenarioId": self.scenario, "name": name, "prompt": "x"} | members)["id"]

    def post(self, channel, body):
        signature = hmac.new(b"secret", body.encode(), hashlib.sha256).hexdigest()
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            connection.request("POST", f"/integrations/whatsapp/webhook?service_provider_id={channel}", body,
                               {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"})
            return connection.getresponse().status
        finally:
            connection.close()

    def deliver(self, *messages, statuses=()):
        """As Meta does it: signed, and twice."""
        value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER},
                 "contacts": [{"profile": {"name": "Sheena"}, "wa_id": CUSTOMER}],
                 "messages": list(messages), "statuses": list(statuses)}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [{"changes": [{"value": value}]}]})
        for _ in range(2):
            self.assertEqual(self.post(self.channel, body), 200)

    def says(self, text, number=1):
        self.deliver({"from": CUSTOMER, "id": f"wamid.in.{number}", "timestamp": str(int(time.time())), "type": "text",
                      "text": {"body": text}})
        return self.api("GET", "/conversation")[0]["id"]

    def messages(self, conversation):
        return self.api("GET", f"/conversation/{conversation}/messages/100")["messages"]

    def delivery_of(self, conversation):
        return self.messages(conversation)[-1]["delivery"]

    def place(self, conversation, step):
        return self.api("POST", "/crm/step/conversation", {"conversationId": conversation, "stepId": step})


class Sending(Whatsapp):
    def test_waits_for_the_provider_and_tells_what_it_said(self):
        conversation = self.says("Hi")
        answer = self.place(conversation, self.talk)
        self.assertEqual((answer["success"], answer["messageSent"], answer["sendMessageError"],
                          answer["blockedBy24hRule"]), (True, True, None, False))
        self.assertEqual([(one["to"], one["text"]["body"]) for one in self.imposter.accepted],
                         [(CUSTOMER, "Hello Sheena")])
        self.assertEqual(self.imposter.problems, [])
        self.assertEqual(self.messages(conversation)[-1]["id"], answer["sentMessageId"])
        self.assertEqual(self.delivery_of(conversation), "sent")
        self.deliver(statuses=[{"id": "wamid.1", "status": "read"}, {"id": "wamid.1", "status": "delivered"}])
        self.assertEqual(self.delivery_of(conversation), "read")

    def test_tells_the_same_to_who_asks_again_meanwhile_and_later(self):
        placing = {"conversationId": self.says("Hi"), "stepId": self.talk}
        answers = []

        def ask():
            answers.append(self.server.good("POST", "/crm/step/conversation", placing, key=self.key,
                                            headers={"Idempotency-Key": "once"}))

        meanwhile = threading.Thread(target=ask)

        def ask_meanwhile(_):
            meanwhile.start()
            meanwhile.join(0.5)  # it is to wait for the provider too

        self.imposter.before_answer = ask_meanwhile
        ask()
        meanwhile.join()
        ask()
        self.assertTrue(answers[0]["messageSent"])
        self.assertEqual(answers, [answers[0]] * 3)
        self.assertEqual(len(self.imposter.accepted), 1)

    def test_tells_a_refusal(self):
        conversation = self.says("Hi")
        self.imposter.refusals = [(400, {"error": {"message": "Message undeliverable", "code": 131026}})]
        answer = self.place(conversation, self.talk)
        self.assertEqual((answer["success"], answer["messageSent"], answer["sendMessageError"]),
                         (True, False, "Message undeliverable"))
        self.assertEqual(self.delivery_of(conversation), "failed")

    def test_takes_the_code_of_the_window_for_a_block(self):  # R77
        conversation = self.says("Hi")
        self.imposter.refusals = [(400, {"error": {"message": "Re-engagement message", "code": 131047}})]
        answer = self.place(conversation, self.talk)
        self.assertEqual((answer["messageSent"], answer["sendMessageError"], answer["blockedBy24hRule"]),
                         (False, "ERR_META_SESSION_EXPIRED_24H", True))
        self.assertIsNone(answer["sentMessageId"])
        self.assertEqual([one["text"] for one in self.messages(conversation)], ["Hi"])

    def test_tells_a_message_that_was_dropped_from_a_block(self):  # R10
        conversation = self.says("Hi")
        self.imposter.refusals = [(400, {"error": {"message": "Rate limit hit", "code": 130429}})] * 20
        answers = []
        placing = threading.Thread(target=lambda: answers.append(self.place(conversation, self.talk)))
        placing.start()
        wait_until(lambda: len(self.imposter.refusals) < 20, "the first attempt")
        self.api("POST", "/crm/step/move", {"conversationId": conversation, "destStepId": self.step("Silent")})
        placing.join()
        self.assertIsNot(answers[0]["blockedBy24hRule"], True)
        self.assertIsNot(answers[0]["messageSent"], True)
        self.assertNotEqual(answers[0]["sendMessageError"], "ERR_META_SESSION_EXPIRED_24H")
        self.assertEqual(self.imposter.accepted, [])

    def test_sends_again_what_was_not_taken_for_lack_of_time(self):
        conversation = self.says("Hi")
        self.imposter.refusals = [(400, {"error": {"message": "Rate limit hit", "code": 130429}})]
        answer = self.place(conversation, self.talk)
        wait_until(lambda: self.delivery_of(conversation) == "sent", "the second attempt")
        self.assertEqual(len(self.imposter.accepted), 1)
        self.assertIn(answer["messageSent"], (True, None))

    def test_of_a_person_leaves_after_its_answer(self):
        conversation = self.says("Hi")
        sent = self.api("POST", f"/conversation/message/conversationId/{conversation}", {"message": "Yes"})
        self.assertEqual(sent["message"]["text"], "Yes")
        wait_until(lambda: self.delivery_of(conversation) == "sent", "the message")
        self.assertEqual(self.imposter.accepted[0]["text"]["body"], "Yes")


class Hearing(Whatsapp):
    def test_takes_deliveries_of_three_megabytes_for_channels_that_there_are(self):
        customers = [f"165055{number:05}" for number in range(700)]
        self.deliver(*({"from": who, "id": f"wamid.in.{who}", "timestamp": str(int(time.time())), "type": "text",
                        "text": {"body": "x" * 4000}} for who in customers))
        self.assertEqual(self.api("GET", "/crm/conversation/count")["data"]["total"], len(customers))
        too_large = "x" * 3_200_000
        for channel, size in ((self.channel, 3_200_000), ("unknown", 2_000_000)):
            try:
                status = self.post(channel, too_large[:size])
            except (BrokenPipeError, ConnectionResetError):
                status = 413  # told before everything was sent
            self.assertEqual(status, 413)


class Rush(Whatsapp):
    CUSTOMERS = 100 if os.environ.get("ETAPA_LONG") else 20
    EACH = 6

    def start(self, *arguments):
        super().start("--retries", ",".join(["200ms"] * 20), *arguments)

    def test_is_paced_and_sends_nothing_twice_whatever_the_provider_does(self):
        chance = random.Random(5)
        self.imposter.slowest = 0.2
        customers = [f"1650555{number:04}" for number in range(self.CUSTOMERS)]
        self.deliver(*({"from": who, "id": f"wamid.in.{who}", "timestamp": str(int(time.time())), "type": "text",
                        "text": {"body": "Hi"}} for who in customers))
        conversations = {}
        for one in self.api("GET", f"/conversation?limit={self.CUSTOMERS}"):
            conversations[one["id"]] = [f"{one['id']} {number}" for number in range(self.EACH)]
        self.assertEqual(len(conversations), self.CUSTOMERS)
        began = time.monotonic()

        def say(ids):
            for conversation in ids:
                for text in conversations[conversation]:
                    self.api("POST", f"/conversation/message/conversationId/{conversation}", {"message": text})

        talkers = [threading.Thread(target=say, args=[list(conversations)[part::4]]) for part in range(4)]
        for talker in talkers:
            talker.start()
        for talker in talkers:
            talker.join()
        total = self.CUSTOMERS * self.EACH
        wait_until(lambda: len(self.imposter.accepted) == total, "all messages")
        took = time.monotonic() - began
        print(f"figure: {total} messages in {took:.1f} s, {self.imposter.limited} were refused for lack of time")
        self.assertGreaterEqual(self.imposter.arrivals[-1] - began, 0.013 * (total - 1))
        self.tell_progress(total, chance)
        said = {}
        for body in self.imposter.accepted:
            text = body["text"]["body"]
            said.setdefault(text.split()[0], []).append(text)
        for conversation, texts in conversations.items():
            self.assertEqual(said[conversation], texts)
            states = [one["delivery"] for one in self.messages(conversation) if one["from"] == "agent"]
            self.assertEqual(states, ["read"] * self.EACH)

    def tell_progress(self, total, chance):
        """Late, twice, and in any order."""
        def waiting():
            return [job for job in self.api("GET", "/jobs") if job["kind"] == "message.send"]

        wait_until(lambda: not waiting(), "the answers")
        statuses = [{"id": f"wamid.{number + 1}", "status": status} for number in range(total)
                    for status in ("sent", "delivered", "read")] * 2
        chance.shuffle(statuses)
        for first in range(0, len(statuses), 100):
            self.deliver(statuses=statuses[first:first + 100])


class Files(Whatsapp):
    PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)

    def start(self, *arguments):
        super().start("--retries", "50ms,50ms", *arguments)

    def shows(self, media, **members):
        """The message with a file that the end user sent, when its file has come or is given up."""
        self.deliver({"from": CUSTOMER, "id": f"wamid.in.{media}", "timestamp": str(int(time.time())), "type": "image",
                      "image": {"id": media, "mime_type": "image/png", "caption": "Look"} | members})
        conversation = self.api("GET", "/conversation")[0]["id"]

        def settled():
            message = self.messages(conversation)[-1]
            return message if message["attachments"] or message["deliveryError"] else None

        return wait_until(settled, "the file")

    def test_of_end_users_are_fetched_and_shown(self):
        self.imposter.files = {"100": (200, self.PNG)}
        message = self.shows("100")
        [file] = message["attachments"]
        self.assertEqual((message["text"], file["mimeType"], file["name"]), ("Look", "image/png", "image.png"))
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.request("GET", file["url"])
        self.assertEqual(connection.getresponse().read(), self.PNG)
        connection.close()
        events = [one for one in self.api("GET", "/events?limit=1000")["data"] if one["type"] == "message.changed"]
        self.assertEqual(len(events), 1)
        self.assertEqual(self.api("GET", "/jobs"), [])

    def test_that_cannot_be_had_leave_the_message_with_an_error(self):
        self.imposter.files = {"500": (500, b""), "large": (200, bytes(16 * 1024 * 1024 + 1))}
        for media, error in (("404", "answered 404"), ("500", "answered 500"), ("large", "16 MiB")):
            message = self.shows(media)
            self.assertIsNone(message["attachments"])
            self.assertIn(error, message["deliveryError"])
            self.assertEqual(message["metadata"]["image"]["id"], media)

    def test_come_again_when_the_provider_is_well(self):
        self.imposter.files = {"1": (500, b"")}
        tries = []
        kept = self.imposter.file

        def file(path, headers):
            tries.append(path)
            if len(tries) > 2:
                self.imposter.files = {"1": (200, self.PNG)}
            return kept(path, headers)

        self.imposter.file = file
        self.assertEqual(self.shows("1")["attachments"][0]["mimeType"], "image/png")

    def test_of_large_size_come_whole(self):
        content = self.PNG + bytes(16 * 1024 * 1024 - len(self.PNG))
        self.imposter.files = {"full": (200, content)}
        self.assertTrue(self.shows("full", caption="")["attachments"])


class BehindAProxy(Whatsapp):
    def restart(self, *arguments):
        self.assertEqual(self.server.stop(), 0)
        self.start(*arguments)

    def hook_url(self):
        return self.api("GET", f"/agents/{self.agent}/channels")[0]["hookUrl"]

    def refused_delivery(self, **headers):
        """What the log tells of a delivery with a bad signature."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.request("POST", f"/integrations/whatsapp/webhook?service_provider_id={self.channel}", "{}", headers)
        self.assertEqual(connection.getresponse().status, 401)
        connection.close()
        lines = wait_until(lambda: [line for line in self.server.errors().splitlines() if "hook was refused" in line],
                           "the line in the log")
        return lines[-1]

    def test_the_server_names_itself_as_the_operator_says(self):
        path = f"/integrations/whatsapp/webhook?service_provider_id={self.channel}"
        self.assertEqual(self.hook_url(), self.server.url + path)
        self.restart("--public-url", "https://crm.example/etapa/")
        self.assertEqual(self.hook_url(), "https://crm.example/etapa" + path)

    def test_files_are_fetched_from_the_public_address(self):
        conversation = self.says("Hi")
        file = {"url": "/files/x/y", "name": "a.pdf", "mimeType": "application/pdf"}
        path = f"/conversation/message/conversationId/{conversation}"
        self.api("POST", path, {"message": "Look", "attachments": [file]})
        wait_until(lambda: self.delivery_of(conversation) == "failed", "the message")
        self.assertIn("--public-url", self.messages(conversation)[-1]["deliveryError"])
        self.restart("--public-url", "https://crm.example")
        self.api("POST", path, {"message": "Look", "attachments": [file]})
        wait_until(lambda: self.delivery_of(conversation) == "sent", "the message")
        self.assertEqual([one["document"]["link"] for one in self.imposter.accepted], ["https://crm.example/files/x/y"])

    def test_only_trusted_proxies_tell_who_asks(self):
        said = {"X-Forwarded-For": "198.51.100.7"}
        self.assertIn("127.0.0.1", self.refused_delivery(**said))
        self.restart("--trusted-proxies", "10.0.0.0/8,127.0.0.1")
        self.assertIn("198.51.100.7", self.refused_delivery(**said))

    def test_wrong_settings_are_refused(self):
        self.assertEqual(self.server.stop(), 0)
        for name, value in (("--public-url", "crm.example"), ("--public-url", "https://crm.example/?a=b"),
                            ("--trusted-proxies", "proxy.example")):
            self.assertIn(name, self.refused(2, "serve", "--listen", "127.0.0.1:0", name, value))


class Crash(Whatsapp):
    def test_between_acceptance_and_record_leaves_an_uncertain_message_that_is_not_sent_again(self):  # R29
        conversation = self.says("Hi")
        server = self.server
        self.imposter.before_answer = lambda body: server.signal(signal.SIGKILL)
        try:
            self.place(conversation, self.talk)
        except (http.client.HTTPException, OSError):
            pass  # the server died while we waited
        server.wait()
        self.imposter.before_answer = lambda body: None
        self.start()
        wait_until(lambda: self.delivery_of(conversation) == "uncertain", "the message is marked")
        self.assertEqual(len(self.imposter.accepted), 1)
        errors = self.api("GET", f"/crm/conversationLog?conversationId={conversation}&status=error")
        self.assertEqual(len(errors["data"]), 1)


if __name__ == "__main__":
    unittest.main()
