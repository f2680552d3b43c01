#!/usr/bin/env python3
"""What leaves the real server: webhooks to a real receiver, and what a restart or a crash does to them."""

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


class DeliveryTest(CliTest):
    def start(self, *arguments, **options):
        return self.serve("--outbound-allow", "127.0.0.0/8", *arguments, **options)

    def receiver(self, **options):
        receiver = Receiver(**options)
        self.addCleanup(receiver.close)
        return receiver


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


if __name__ == "__main__":
    unittest.main()
