#!/usr/bin/env python3
"""A number of WhatsApp, and a PostgreSQL server that goes away while a message is on its way: run by scripts/with-postgres."""

import unittest

from postgres import new_database, sql
from support import wait_until
from whatsapp_test import Whatsapp


class LosingTheStore(Whatsapp):
    def setUp(self):
        self.url = new_database(self)
        self.name = self.url.rsplit("/", 1)[1]
        super().setUp()

    def init(self, name="Acme", **variables):
        return super().init(name, ETAPA_DATABASE=self.url, **variables)

    def start(self, *arguments):
        super().start("--database", self.url, "--key-file", "shared.key", *arguments)

    def allow_connections(self, allowed):
        sql(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS {allowed}")

    def lose(self, _):
        self.allow_connections("false")
        sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'")
        wait_until(lambda: self.server.call("GET", "/readyz")[0] == 503, "not to be ready")

    def test_tells_nobody_to_try_again_what_was_done(self):
        conversation = self.says("Hi")
        self.imposter.before_answer = self.lose
        placed = self.place(conversation, self.talk)
        self.assertEqual((placed["success"], placed["messageSent"], placed["sendMessageError"]), (True, None, None))
        self.allow_connections("true")
        wait_until(lambda: self.server.call("GET", "/readyz")[0] == 200, "to be ready again")
        wait_until(lambda: self.delivery_of(conversation) in ("sent", "uncertain"), "what became of the message")
        self.assertEqual(len(self.imposter.accepted), 1)


if __name__ == "__main__":
    unittest.main()
