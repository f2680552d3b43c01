#!/usr/bin/env python3
"""Addresses of PostgreSQL servers that are reached through TLS, are several, or have no room: run by scripts/with-postgres,
beside whose server it starts its own."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from cluster import Cluster, Session, free_port
from support import PATIENCE, CliTest, wait_until


class Addresses(CliTest):
    def new_directory(self):
        """That postgres may write to."""
        directory = tempfile.mkdtemp(prefix="etapa-cluster-")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        os.chmod(directory, 0o755)
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres")
        return Path(directory)

    def cluster(self, directory=None, **options):
        cluster = Cluster(directory or self.new_directory(), **options)
        self.addCleanup(cluster.close)
        return cluster

    def served(self, address):
        """A node that stores something."""
        key = self.good("init", "--database", address, "--organization", "Acme", "--owner-email", "a@example.com")["apiKey"]
        node = self.serve("--database", address, "--key-file", "shared.key")
        node.good("POST", "/crm/scenario", {"name": "Sales"}, key)
        return node

    def certificate(self, directory, name):
        """Of a host, signed by itself, which postgres may read."""
        key, certificate = directory / f"{name}.key", directory / f"{name}.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", key,
                        "-out", certificate], check=True, capture_output=True, timeout=PATIENCE)
        os.chmod(key, 0o600)
        if os.geteuid() == 0:
            shutil.chown(key, "postgres")
        return key, certificate

    def test_with_tls_are_believed_only_with_the_right_certificate(self):
        directory = self.new_directory()
        key, certificate = self.certificate(directory, "localhost")
        _, stranger = self.certificate(directory, "stranger")
        server = self.cluster(directory, ssl="on", ssl_key_file=key, ssl_cert_file=certificate)

        def address(host, authority):
            return f"postgres://etapa@{host}:{server.port}/postgres?sslmode=verify-full&sslrootcert={authority}"

        for host, authority in (("localhost", stranger), ("127.0.0.1", certificate)):
            refusal = self.refused(1, "migrate", "--database", address(host, authority))
            self.assertRegex(refusal, "certificate.*Look at sslmode, sslrootcert", (host, authority))
        self.served(address("localhost", certificate))
        self.assertEqual(server.sql("SELECT bool_and(ssl) FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)"
                                    " WHERE application_name = 'etapa'"), "t")

    def test_with_tls_of_a_server_that_has_none_are_refused(self):
        server = self.cluster()
        refusal = self.refused(1, "migrate", "--database", server.address + "?sslmode=require")
        self.assertRegex(refusal, "does not support SSL.*Look at sslmode")
        self.assertNotIn("Start the server", refusal)

    def test_of_servers_without_room_are_refused_with_what_helps(self):
        server = self.cluster(max_connections="5")
        others = []
        self.addCleanup(lambda: [other.close() for other in others])
        while not others or others[-1].is_in:
            others.append(Session(server.address, "SELECT 1;"))
        self.assertIn("raise max_connections", self.refused(1, "migrate", "--database", server.address))

    def test_of_several_hosts_use_the_one_that_takes_changes(self):
        primary = self.cluster()
        standby = self.cluster(of=primary)
        nobody = free_port()

        def address(*ports):
            return "postgres://etapa@" + ",".join(f"127.0.0.1:{port}" for port in ports) + "/postgres"

        self.assertRegex(self.refused(1, "migrate", "--database", address(nobody, standby.port)),
                         "None of these servers takes changes")
        self.assertIn("Start the server", self.refused(1, "migrate", "--database", address(nobody, nobody)))
        standby_of_nobody = self.cluster(of=primary, hot_standby="off")
        self.assertRegex(self.refused(1, "migrate", "--database", address(standby_of_nobody.port)),
                         "recovers: wait, or give the address of another")
        self.served(address(nobody, standby.port, primary.port))
        wait_until(lambda: standby.sql("SELECT count(*) FROM scenario") == "1", "the standby")
        self.assertEqual(standby.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'etapa'"), "0")


if __name__ == "__main__":
    unittest.main()
