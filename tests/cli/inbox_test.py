#!/usr/bin/env python3
"""An inbox as people use them, against the real program: it polls the list, reads messages, sends, assigns, resolves,
uploads, exports and deletes. It refuses, as existing inboxes do, a list in which a member that it relies on is null."""

import gzip
import http.client
import json
import unittest

from support import PATIENCE, CliTest

NEVER_NULL = ("isAiEnabled", "channel", "status", "channelExternalId", "organizationId", "priority", "frustration",
              "createdAt", "updatedAt", "isGroup", "unreadMessagesCount", "assignees", "participantsContacts",
              "conversationVariables", "conversationContexts", "crmScenarioConversations")


class Inbox:
    """One connection with a key, as a browser keeps it."""

    def __init__(self, port, key):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def call(self, method, path, body=None, **headers):
        """Status, headers and bytes."""
        self.connection.request(method, path, body, self.headers | headers)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def good(self, method, path, body=None):
        status, _, text = self.call(method, path, None if body is None else json.dumps(body))
        assert status in (200, 201), f"{method} {path} answered {status} {text}"
        return json.loads(text)

    def poll(self):
        rows = self.good("GET", "/conversation")
        assert isinstance(rows, list), "the list is a bare array"
        for row in rows:
            for member in NEVER_NULL:
                assert row[member] is not None, f"{member} is null"
            for contact in row["participantsContacts"]:
                assert isinstance(contact["firstName"], str)
        return {row["id"]: row for row in rows}

    def upload(self, path, name, content):
        body = (b'--frontier\r\nContent-Disposition: form-data; name="file"; filename="' + name.encode() +
                b'"\r\nContent-Type: application/octet-stream\r\n\r\n' + content + b"\r\n--frontier--\r\n")
        kind = {"Content-Type": "multipart/form-data; boundary=frontier"}
        return self.call("POST", path, body, **kind)


class InboxTest(CliTest):
    def setUp(self):
        super().setUp()
        made = self.init()
        self.server = self.serve()
        self.inbox = Inbox(self.server.port, made["apiKey"])
        self.addCleanup(self.inbox.connection.close)

    def conversation(self):
        contact = {"firstName": "Ana", "phoneNumber": "+55 11 99999", "email": "ana@x.example"}
        return self.inbox.good("POST", "/conversation", {"contact": contact, "title": "Order 7"})["id"]

    def test_a_morning_at_the_inbox(self):
        inbox, one = self.inbox, self.conversation()
        inbox.good("POST", f"/conversations/{one}/message-register", {"message": "Hello?", "from": "human"})
        self.assertEqual(inbox.poll()[one]["unreadMessagesCount"], 1)
        read = inbox.good("GET", f"/conversation/{one}/messages/10000")
        self.assertEqual([message["text"] for message in read["messages"]], ["Hello?"])
        inbox.good("POST", f"/conversations/{one}/read")

        sent = inbox.good("POST", f"/conversation/message/conversationId/{one}", {"message": "Good morning!"})
        self.assertTrue(sent["success"])
        for member in ("html", "sources", "usage", "externalId", "userId"):
            self.assertIn(member, sent["message"])
        read = inbox.good("GET", f"/conversation/{one}/messages/10000")
        self.assertEqual([message["text"] for message in read["messages"]], ["Hello?", "Good morning!"])

        for path in (f"/conversation/{one}/assign", f"/conversations/{one}/assign"):
            assigned = inbox.good("POST", path, {"email": "acme@example.com"})
            self.assertEqual((assigned["success"], type(assigned["message"])), (True, str))
        resolved = inbox.good("POST", f"/conversations/{one}/set-status", {"status": "RESOLVED"})
        self.assertEqual((resolved["success"], type(resolved["message"])), (True, str))
        row = inbox.poll()[one]
        self.assertEqual((row["status"], row["unreadMessagesCount"]), ("RESOLVED", 0))
        self.assertEqual(row["assignees"][0]["user"]["email"], "acme@example.com")

        inbox.good("POST", "/variables", {"conversationId": one, "varName": "order", "varValue": "7"})
        gone = inbox.good("DELETE", f"/variables/{one}/order")
        self.assertEqual(gone["deleted"], gone["deleted"] | {"conversationId": one, "varName": "order", "varValue": "7"})
        self.assertEqual(inbox.good("GET", f"/variables/{one}"), [])

        self.assertTrue(inbox.good("DELETE", f"/conversation/{one}")["success"])
        self.assertEqual(inbox.poll(), {})
        self.assertEqual(inbox.call("GET", f"/conversation/{one}/messages/10000")[0], 404)

    def test_a_file_goes_up_and_comes_down(self):
        inbox, one = self.inbox, self.conversation()
        picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 16_384  # 4 MiB: more than other bodies may have
        status, _, text = inbox.upload(f"/conversations/{one}/attachments", "holiday.png", picture)
        self.assertEqual(status, 201, text)
        stored = json.loads(text)
        self.assertEqual((stored["mimeType"], stored["size"]), ("image/png", len(picture)))
        file = {member: stored[member] for member in ("url", "name", "mimeType")}
        inbox.good("POST", f"/conversation/message/conversationId/{one}", {"message": "Look", "attachments": [file]})
        reader = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
        self.addCleanup(reader.close)
        reader.request("GET", stored["url"], headers={"Accept-Encoding": "gzip"})
        answer = reader.getresponse()
        self.assertEqual((answer.status, answer.read()), (200, picture))
        self.assertEqual(answer.headers["Content-Length"], str(len(picture)))
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertIsNone(answer.headers["Content-Encoding"])
        inbox.good("DELETE", f"/conversation/{one}")
        reader.request("GET", stored["url"])
        self.assertEqual(reader.getresponse().status, 404)

    def test_only_who_has_a_key_may_send_much(self):
        one = self.conversation()
        stranger = Inbox(self.server.port, "wrong")
        self.addCleanup(stranger.connection.close)
        try:
            status = stranger.upload(f"/conversations/{one}/attachments", "a.txt", b"x" * 2_000_000)[0]
        except (BrokenPipeError, ConnectionResetError):
            status = 413  # told before everything was sent
        self.assertEqual(status, 413)
        status = self.inbox.call("POST", "/crm/scenario", json.dumps({"name": "x" * 2_000_000}))[0]
        self.assertEqual(status, 413)

    def test_an_export_comes_whole_packed_or_not(self):
        inbox = self.inbox
        made = {self.conversation() for _ in range(120)}
        for one in list(made)[:20]:
            inbox.good("POST", f"/conversations/{one}/message-register", {"message": "Hello " * 500})
        status, headers, plain = inbox.call("GET", "/conversations/export")
        self.assertEqual((status, headers["Content-Type"]), (200, "application/x-ndjson"))
        self.assertEqual(headers["Transfer-Encoding"], "chunked")
        rows = [json.loads(line) for line in plain.splitlines()]
        self.assertEqual({row["id"] for row in rows}, made)
        self.assertEqual(sum(len(row["messages"]) for row in rows), 20)
        packed, headers = inbox.call("GET", "/conversations/export", **{"Accept-Encoding": "gzip"})[2:0:-1]
        self.assertEqual(headers["Content-Encoding"], "gzip")
        self.assertEqual(gzip.decompress(packed), plain)
        self.assertLess(len(packed), len(plain) / 4)
        table = inbox.call("GET", "/conversations/export?format=csv")[2].decode()
        self.assertEqual(table.count("\r\n"), 121)
        self.assertEqual(inbox.call("GET", "/conversations/export?format=xml")[0], 400)
        page, headers = inbox.call("GET", "/conversation?limit=100", **{"Accept-Encoding": "gzip"})[2:0:-1]
        self.assertEqual((headers["Content-Encoding"], headers["Vary"]), ("gzip", "Accept-Encoding"))
        self.assertEqual(len(json.loads(gzip.decompress(page))), 100)


if __name__ == "__main__":
    unittest.main()
