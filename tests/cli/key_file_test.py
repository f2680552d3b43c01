"""The file with the key that seals the secrets of channels."""

import contextlib
import sqlite3
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
        (self.directory / "other.key").write_text("5a" * 32)
        said = self.refused(2, "serve", "--key-file", "other.key")
        self.assertIn("the file other.key holds another key than that of the database. Give the file that its servers used",
                      said)
        self.assertEqual(self.challenged(self.serve("--key-file", "one.key"), channel), (200, 7))

    def test_is_not_made_when_the_database_has_its_key(self):
        self.init()
        self.assertEqual(self.serve("--key-file", "one.key").stop(), 0)
        said = self.refused(2, "serve", "--key-file", "on.key")
        self.assertIn("there is no file on.key, and the database has its key already. Give the file that its servers used", said)
        self.assertFalse((self.directory / "on.key").exists())

    def test_that_is_lost_can_be_done_without(self):
        self.init()
        self.assertEqual(self.serve("--key-file", "one.key").stop(), 0)
        (self.directory / "one.key").unlink()
        with contextlib.closing(sqlite3.connect(self.directory / "data" / "etapa.db")) as database:
            database.execute("UPDATE installation SET key_fingerprint = NULL")
            database.commit()
        self.connected(self.serve("--key-file", "one.key"))

    def test_goes_with_a_copy(self):
        self.init()
        self.assertEqual(self.serve().stop(), 0)
        copied = self.etapa("copy", "--from", "sqlite:data/etapa.db", "--to", "sqlite:other/etapa.db")
        self.assertEqual(copied.returncode, 0, copied.stderr)
        self.assertIn("no file other/etapa.db.key", self.refused(2, "serve", "--database", "sqlite:other/etapa.db"))
        self.serve("--database", "sqlite:other/etapa.db", "--key-file", "data/etapa.db.key")

    def test_that_holds_no_key_is_refused(self):
        (self.directory / "broken.key").write_text("hello")
        self.assertIn("64 hexadecimal digits", self.refused(2, "serve", "--key-file", "broken.key"))

    def test_that_cannot_be_made_is_refused(self):
        (self.directory / "file").write_text("")
        self.assertIn("cannot be made", self.refused(2, "serve", "--key-file", "file/etapa.key"))


if __name__ == "__main__":
    unittest.main()
