#!/usr/bin/env python3
"""Every command: its help, its result, its refusals and exit statuses, and where settings come from."""

import json
import re
import sqlite3
import subprocess
import unittest

from support import BINARY, CliTest, environment


class Help(CliTest):
    def names(self):
        overview = self.etapa("--help")
        self.assertEqual(overview.returncode, 0)
        return re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", overview.stdout, re.M)

    def test_lists_all_commands(self):
        self.assertEqual(self.names(), ["serve", "init", "key create", "key list", "key revoke", "migrate", "backup", "copy",
                                        "openapi", "version"])

    def test_of_each_command_has_an_example(self):
        for name in self.names():
            with self.subTest(command=name):
                done = self.etapa(*name.split(), "--help")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn(f"Example:\n  etapa {name}", done.stdout)

    def test_of_a_group_lists_its_commands(self):
        done = self.etapa("key", "--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("key revoke", done.stdout)
        self.assertNotIn("migrate", done.stdout)


class WrongUsage(CliTest):
    def test_exits_with_2_and_a_sentence(self):
        (self.directory / "misspelt.conf").write_text("databse = \"sqlite:x.db\"\n")
        owner = ("--organization", "Acme", "--owner-email", "a@example.com")
        for arguments, says in [
            ([], "Commands:"),
            (["fly"], "no command 'fly'"),
            (["key"], "key list"),
            (["serve", "--fast"], "--fast"),
            (["serve", "--listen", "8080"], "HOST:PORT"),
            (["serve", "--threads", "0"], "--threads"),
            (["serve", "--log-level", "loud"], "--log-level"),
            (["serve", "--config", "missing.conf"], "missing.conf"),
            (["serve", "--config", "misspelt.conf"], "databse"),
            (["init", "--organization", "Acme"], "--owner-email is required"),
            (["init", "--organization", " ", "--owner-email", "a@example.com"], "--organization"),
            (["init", "--organization", "Acme", "--owner-email", "nobody"], "--owner-email"),
            (["init", *owner, "--owner-name", " "], "--owner-name"),
            (["key", "revoke"], "ID"),
            (["backup"], "FILE"),
            (["version", "now"], "now"),
        ]:
            with self.subTest(arguments=arguments):
                self.assertIn(says, self.refused(2, *arguments))

    def test_of_the_environment_exits_with_2(self):
        self.assertIn("--threads", self.refused(2, "serve", ETAPA_THREADS="many"))
        self.assertIn("missing.conf", self.refused(2, "serve", ETAPA_CONFIG="missing.conf"))

    def test_of_keys_says_which_organizations_there_are(self):
        first = self.init("Acme")
        self.init("Rival")
        said = self.refused(2, "key", "list")
        self.assertIn(f"{first['organizationId']}  Acme", said)
        self.assertIn("Rival", said)
        self.assertIn("nowhere", self.refused(2, "key", "list", "--organization", "nowhere"))
        self.assertIn("--expires", self.refused(2, "key", "create", "--organization", first["organizationId"],
                                                "--expires", "2001-01-01"))


class Failure(CliTest):
    def test_exits_with_1_and_says_what_to_do(self):
        (self.directory / "text.db").write_text("This is no database, but long enough to be looked at as one." * 20)
        sqlite3.connect(self.directory / "other.db").executescript("CREATE TABLE recipe (name TEXT)")
        for arguments, says in [
            (["key", "list"], "data/etapa.db"),
            (["backup", "copy.db"], "data/etapa.db"),
            (["migrate", "--database", "sqlite:text.db"], "text.db"),
            (["migrate", "--database", "sqlite:other.db"], "--database"),
            (["migrate", "--database", "sqlite:text.db/below/etapa.db"], "--database"),
            (["migrate", "--database", "mysql://localhost/etapa"], "sqlite:"),
        ]:
            with self.subTest(arguments=arguments):
                self.assertIn(says, self.refused(1, *arguments))

    def test_of_a_newer_schema_names_both_versions(self):
        self.good("migrate", "--database", "sqlite:new.db")
        with sqlite3.connect(self.directory / "new.db") as database:
            database.execute("INSERT INTO schema_version VALUES (999, 'later', 0)")
        for command in (["migrate"], ["serve", "--listen", "127.0.0.1:0"], ["key", "list"], ["backup", "copy.db"]):
            with self.subTest(command=command):
                self.assertIn("has schema 999", self.refused(1, *command, "--database", "sqlite:new.db"))

    def test_of_standard_output_is_not_success(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([BINARY, "version"], stdout=full, stderr=subprocess.PIPE, text=True, env=environment())
        self.assertEqual(done.returncode, 1)
        self.assertIn("standard output", done.stderr)


class Result(CliTest):
    def test_of_version(self):
        self.assertRegex(self.etapa("version").stdout, r"^etapa \d+\.\d+\.\d+\n$")

    def test_of_openapi(self):
        document = self.good("openapi")
        self.assertTrue(document["openapi"].startswith("3.1"))
        self.assertIn("put", document["paths"]["/crm/step"])

    def test_of_migrate_is_the_same_twice(self):
        first = self.good("migrate", "--database", "sqlite:deep/er/etapa.db")
        self.assertEqual(first["database"], "sqlite:deep/er/etapa.db")
        self.assertGreaterEqual(first["schemaVersion"], 1)
        self.assertEqual(self.good("migrate", "--database", "sqlite:deep/er/etapa.db"), first)

    def test_of_init(self):
        made = self.good("init", "--organization", "Acme", "--owner-email", "Ana@Example.com", "--owner-name", "Ana")
        self.assertEqual(list(made), ["organizationId", "userId", "membershipId", "apiKey"])
        self.assertRegex(made["apiKey"], r"^etapa_[0-9a-f]{72}$")
        server = self.serve()
        member, = server.good("GET", "/memberships", key=made["apiKey"])
        self.assertEqual((member["id"], member["userId"], member["email"], member["name"], member["role"]),
                         (made["membershipId"], made["userId"], "ana@example.com", "Ana", "OWNER"))
        self.assertEqual(server.good("GET", "/organization", key=made["apiKey"])["id"], made["organizationId"])

    def test_of_keys(self):
        organization = self.init()["organizationId"]
        made = self.good("key", "create", "--name", "Shop", "--expires", "2099-12-31")
        self.assertRegex(made.pop("apiKey"), r"^etapa_")
        self.assertEqual((made["organizationId"], made["name"], made["expiresAt"], made["revokedAt"]),
                         (organization, "Shop", "2099-12-31T00:00:00.000Z", None))
        self.assertEqual(self.good("key", "list", "--organization", organization)[1], made)
        revoked = self.good("key", "revoke", made["id"])
        self.assertIsNotNone(revoked["revokedAt"])
        self.assertEqual(self.good("key", "list")[1], revoked)
        self.assertIn("no key", self.refused(1, "key", "revoke", "nothing"))

    def test_of_backup_is_a_whole_database(self):
        made = self.init()
        copied = self.good("backup", "copy.db")
        self.assertEqual(copied, {"file": "copy.db", "bytes": (self.directory / "copy.db").stat().st_size})
        self.assertIn("copy.db", self.refused(1, "backup", "copy.db"))
        listed = self.good("key", "list", "--database", "sqlite:copy.db")
        self.assertEqual([key["organizationId"] for key in listed], [made["organizationId"]])


class Settings(CliTest):
    def name_of_new_key(self, *arguments, **variables):
        return self.good("key", "create", *arguments, **variables)["name"]

    def test_defaults_give_way_to_file_to_environment_to_flags(self):
        self.init()
        (self.directory / "etapa.conf").write_text('name = "from the file"\nlisten = "127.0.0.1:1"\n')
        file = ("--config", "etapa.conf")
        self.assertEqual(self.name_of_new_key(), "Key")
        self.assertEqual(self.name_of_new_key(*file), "from the file")
        self.assertEqual(self.name_of_new_key(ETAPA_CONFIG="etapa.conf"), "from the file")
        self.assertEqual(self.name_of_new_key(*file, ETAPA_NAME="from the environment"), "from the environment")
        self.assertEqual(self.name_of_new_key(*file, ETAPA_NAME=""), "from the file")
        self.assertEqual(self.name_of_new_key(*file, "--name", "from a flag", ETAPA_NAME="no"), "from a flag")

    def test_of_the_server_come_from_all_three(self):
        (self.directory / "etapa.conf").write_text(
            'database = "sqlite:file.db"\nlog-format = "json"\ncors-origins = ["https://a.example", "https://b.example"]\n')
        server = self.serve("--config", "etapa.conf", ETAPA_LOG_LEVEL="debug", ETAPA_DATABASE="sqlite:environment.db")
        self.assertTrue((self.directory / "environment.db").exists())
        self.assertFalse((self.directory / "file.db").exists())
        server.good("GET", "/healthz")
        self.assertEqual(server.stop(), 0)
        lines = [json.loads(line) for line in server.errors().splitlines()]
        self.assertTrue(any("/healthz" in line.values() for line in lines), lines)


if __name__ == "__main__":
    unittest.main()
