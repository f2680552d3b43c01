#!/usr/bin/env python3
"""Runs what README.md shows of several nodes on one PostgreSQL server, as typed in one shell: run by scripts/with-postgres."""

import re
import subprocess
import unittest

from cluster import free_port
from postgres import new_database
from support import BINARY, PATIENCE, TOP, CliTest, environment

SECTION = re.compile(r"^## More than one machine$(.*?)^## ", re.M | re.S)
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
BEGIN = "set -em -o pipefail\ntrap 'kill $(jobs -p)' EXIT\n"
WAIT = "curl -s --retry 60 --retry-connrefused --retry-delay 1 -o /dev/null {}/readyz\n"


class Readme(CliTest):
    def test_two_nodes_go_on_when_one_is_killed(self):
        _, nodes, calls = BLOCK.findall(SECTION.search((TOP / "README.md").read_text())[1])
        (self.directory / "build").mkdir()
        (self.directory / "build" / "etapa").symlink_to(BINARY)
        first, second = (f"127.0.0.1:{free_port()}" for _ in range(2))
        init = re.search(r"^build/etapa init.*$", nodes, re.M)[0]
        script = BEGIN + nodes + "".join(WAIT.format(node) for node in (first, second)) + calls
        find = """$(python3 -c 'import json; print(json.load(open("made"))["apiKey"])')"""
        for written, meant in {"postgres://etapa@127.0.0.1/etapa": new_database(self), "127.0.0.1:8081": first,
                               "127.0.0.1:8082": second, init: init + " > made", "PASTE-THE-KEY-HERE": find}.items():
            self.assertIn(written, script)
            script = script.replace(written, meant)
        done = subprocess.run(["timeout", str(PATIENCE), "bash", "-c", script], cwd=self.directory, capture_output=True,
                              text=True, env=environment())
        told = f"{script}\n{done.stdout}\n{done.stderr}"
        self.assertRegex(done.stdout, r'(?s)\{[^{]*"name":"Sales".*\[\{[^{]*"name":"Sales"', told)


if __name__ == "__main__":
    unittest.main()
