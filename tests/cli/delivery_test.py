#!/usr/bin/env python3
"""What leaves the real server: webhooks to a real receiver, the live stream, and what a restart or a crash does to both."""

import http.client
import http.server
import json
import signal
import subprocess
import threading
import unittest

from support import PATIENCE, TOP, CliTest, wait_until


class Receiver:
    """Keeps what it is sent, and answers once its gate is open."""

    def __init__(self, port=0):
        received = self.received = []
        gate = self.gate = threading.Event()
        gate.set()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                received.append({"headers": {name.lower(): value for name, value in self.headers.items()}, "body": body})
                gate.wait(PATIENCE)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def close(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def types(self):
        return [json.loads(one["body"])["type"] for one in list(self.received)]


class Stream:
    """One listener of the live stream: its frames, read by a thread."""

    def __init__(self, port, key=None, last=None, token=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if last:
            headers["Last-Event-ID"] = last
        self.connection.request("GET", "/events/stream" + (f"?token={token}" if token else ""), headers=headers)
        self.answer = self.connection.getresponse()
        self.frames = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.read)
        if self.answer.status == 200:
            self.answer.readline()  # it is open
            self.thread.start()

    def read(self):
        frame = {}
        try:
            while line := self.answer.readline().decode():
                name, _, value = line.rstrip("\n").partition(": ")
                if name in ("id", "event", "data"):
                    frame[name] = value
                elif not line.strip() and "id" in frame:
                    self.frames.append((frame["id"], frame["event"], json.loads(frame["data"])))
                    frame = {}
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass  # the end of the connection, also in the library's own words for one that close() ended
        self.ended.set()

    def ids(self):
        return [frame[0] for frame in self.frames]

    def close(self):
        if self.connection.sock:
            self.connection.sock.shutdown(2)
        self.connection.close()
        if self.thread.is_alive():
            self.thread.join()


class DeliveryTest(CliTest):
    def start(self, *arguments, **options):
        return self.serve("--outbound-allow", "127.0.0.0/8", *arguments, **options)

    def receiver(self, **options):
        receiver = Receiver(**options)
        self.addCleanup(receiver.close)
        return receiver

    def listen(self, server, **options):
        stream = Stream(server.port, **options)
        self.addCleanup(stream.close)
        return stream


class Webhooks(DeliveryTest):
    def test_are_verified_by_the_official_library(self):
        key = self.init()["apiKey"]
        server = self.start()
        receiver = self.receiver()
        made = server.good("POST", "/webhooks", {"url": f"http://127.0.0.1:{receiver.port}/in"}, key)
        server.good("POST", "/conversation", {"title": "Anä"}, key)
        wait_until(lambda: receiver.received, "the delivery")
        delivery = receiver.received[0] | {"secret": made["secret"]}
        self.assertEqual(self.verdict(delivery), "good")
        self.assertEqual(self.verdict(delivery | {"body": delivery["body"] + " "}), "No matching signature found")
        rotated = server.good("POST", f"/webhooks/{made['id']}/rotate", key=key)["secret"]
        server.good("POST", f"/webhooks/{made['id']}/test", key=key)
        wait_until(lambda: "webhook.test" in receiver.types(), "the test")
        last = next(one for one in receiver.received if "webhook.test" in one["body"])
        self.assertEqual(self.verdict(last | {"secret": rotated}), "good")

    def verdict(self, delivery):
        done = subprocess.run(["node", "tests/cli/verify_webhook.mjs"], input=json.dumps(delivery), text=True,
                              capture_output=True, cwd=TOP, timeout=PATIENCE)
        self.assertEqual(done.stderr, "")
        return done.stdout.strip()

    def test_arrive_when_a_receiver_comes_back(self):
        key = self.init()["apiKey"]
        server = self.start("--retries", "100ms,200ms,500ms,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s")
        receiver = Receiver()
        port = receiver.port
        server.good("POST", "/webhooks", {"url": f"http://127.0.0.1:{port}/in", "events": ["conversation.created"]}, key)
        receiver.close()
        made = [server.good("POST", "/conversation", {}, key)["id"] for _ in range(3)]
        back = self.receiver(port=port)
        wait_until(lambda: len(back.received) >= 3, "the deliveries")
        told = {json.loads(one["body"])["data"]["conversationId"] for one in back.received}
        self.assertEqual(told, set(made))

    def test_are_taken_up_after_a_crash(self):
        key = self.init()["apiKey"]
        server = self.start("--retries", "1h")
        silent = self.receiver()
        silent.gate.clear()
        server.good("POST", "/webhooks", {"url": f"http://127.0.0.1:{silent.port}/in"}, key)
        server.good("POST", "/conversation", {}, key)
        wait_until(lambda: silent.received, "the attempt")
        server.signal(signal.SIGKILL)
        server.wait()
        silent.gate.set()
        again = self.start("--retries", "1h", listen=f"127.0.0.1:{server.port}")
        wait_until(lambda: len(silent.received) >= 2, "the second attempt", 10)
        self.assertEqual(len({one["headers"]["webhook-id"] for one in silent.received}), 1)
        self.assertEqual(again.stop(), 0)

    def test_refuse_this_machine_unless_it_is_allowed(self):
        self.assertIn("--outbound-allow", self.refused(2, "serve", "--outbound-allow", "10.0.0.0/99"))
        self.assertIn("--retries", self.refused(2, "serve", "--retries", "soon"))
        key = self.init()["apiKey"]
        server = self.serve()
        self.assertEqual(server.call("POST", "/webhooks", {"url": "http://127.0.0.1:9/"}, key)[0], 400)


class LiveStream(DeliveryTest):
    def test_tells_what_happens_from_now_on(self):
        key = self.init()["apiKey"]
        server = self.start()
        server.good("POST", "/conversation", {}, key)
        stream = self.listen(server, key=key)
        self.assertEqual(stream.answer.status, 200)
        self.assertEqual(stream.answer.headers["Content-Type"], "text/event-stream; charset=utf-8")
        conversation = server.good("POST", "/conversation", {}, key)["id"]
        wait_until(lambda: stream.frames, "the event")
        self.assertEqual([(kind, data["conversationId"]) for _, kind, data in stream.frames],
                         [("conversation.created", conversation)])

    def test_resumes_without_a_gap_across_a_crash(self):
        key = self.init()["apiKey"]
        server = self.start()
        witness = self.listen(server, key=key)
        for number in range(5):
            server.good("POST", "/tags", {"name": f"tag {number}"}, key)
        wait_until(lambda: len(witness.frames) >= 5, "the events")
        last = witness.ids()[1]
        server.signal(signal.SIGKILL)
        server.wait()
        again = self.start(listen=f"127.0.0.1:{server.port}")
        resumed = self.listen(again, key=key, last=last)
        again.good("POST", "/tags", {"name": "one more"}, key)
        wait_until(lambda: len(resumed.frames) >= 4, "the rest")
        self.assertEqual(resumed.ids()[:3], witness.ids()[2:5])
        everything = again.good("GET", "/events?limit=1000", key=key)
        self.assertEqual(resumed.ids()[3], everything["cursor"])

    def test_ends_first_when_the_server_stops(self):
        key = self.init()["apiKey"]
        server = self.start()
        stream = self.listen(server, key=key)
        self.assertEqual(server.stop(), 0)
        self.assertTrue(stream.ended.wait(PATIENCE))
        self.assertNotIn("Closing connections that did not end in time", server.errors())

    def test_opens_for_a_token_that_opens_nothing_else(self):
        key = self.init()["apiKey"]
        server = self.start()
        made = server.good("POST", "/events/stream-token", key=key)
        stream = self.listen(server, token=made["token"])
        self.assertEqual(stream.answer.status, 200)
        server.good("POST", "/tags", {"name": "vip"}, key)
        wait_until(lambda: stream.frames, "the event")
        self.assertEqual(server.call("GET", f"/tags?token={made['token']}")[0], 401)
        self.assertEqual(self.listen(server, token="stream_wrong").answer.status, 401)
        self.assertEqual(self.listen(server).answer.status, 401)

    def test_refuses_an_id_that_it_did_not_give(self):
        key = self.init()["apiKey"]
        server = self.start()
        self.assertEqual(self.listen(server, key=key, last="nonsense").answer.status, 400)


if __name__ == "__main__":
    unittest.main()
