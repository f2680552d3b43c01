"""The file with the key that seals the secrets of channels."""

import stat
import unittest

from support import CliTest

CHANNEL = {"type": "whatsapp", "phoneNumberId": "106540352242922", "accessToken": "a", "appSecret": "b",
           "webhookVerifyToken": "let-me-in"}


class KeyFile(CliTest):
    def connected(self, server):
        key = self.token()
        agent = server.good("POST", "/agents", {"name": "Bot"}, key)["id"]
        return server.good("POST", f"/agents/{agent}/channels", CHANNEL, key)["id"]

    def token(self):
        return self.good("key", "create", "--name", "Test")["apiKey"]

    def challenged(self, server, channel):
        return server.call("GET", f"/integrations/whatsapp/webhook?service_provider_id={channel}"
                                  "&hub.mode=subscribe&hub.verify_token=let-me-in&hub.challenge=7")

    def test_is_made_beside_the_database_for_its_owner_only(self):
        self.init()
        server = self.serve()
        path = self.directory / "data" / "etapa.db.key"
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertRegex(path.read_text(), r"^[0-9a-f]{64}\n$")
        channel = self.connected(server)
        self.assertEqual(self.challenged(server, channel), (200, 7))
        self.assertEqual(server.stop(), 0)
        self.assertEqual(self.challenged(self.serve(), channel), (200, 7))

    def test_opens_what_it_sealed_and_nothing_else(self):
        self.init()
        server = self.serve("--key-file", "one.key")
        channel = self.connected(server)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(self.challenged(self.serve("--key-file", "other.key"), channel)[0], 503)

    def test_that_holds_no_key_is_refused(self):
        (self.directory / "broken.key").write_text("hello")
        self.assertIn("64 hexadecimal digits", self.refused(2, "serve", "--key-file", "broken.key"))

    def test_that_cannot_be_made_is_refused(self):
        (self.directory / "file").write_text("")
        self.assertIn("cannot be made", self.refused(2, "serve", "--key-file", "file/etapa.key"))


if __name__ == "__main__":
    unittest.main()
