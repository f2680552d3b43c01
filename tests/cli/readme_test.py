#!/usr/bin/env python3
"""Runs the ```sh blocks of README.md, as typed one after the other in one shell.

A block `./run` stands for the server that a reader starts in another terminal: here it is a demo server of the binary
under test. ```console blocks only show things.
"""

import re
import subprocess
import unittest

from support import BINARY, PATIENCE, TOP, CliTest, wait_until

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)


class Readme(CliTest):
    def test_commands_work_as_typed(self):
        blocks = BLOCK.findall((TOP / "README.md").read_text())
        self.assertEqual(blocks.pop(0), "./run\n")
        self.assertGreater(len(blocks), 2)
        server = self.serve("--demo")
        wait_until(lambda: "ask once more then" in server.output(), "the introduction")
        key = re.search(r"^  (etapa_\w+)$", server.output(), re.M)[1]
        (self.directory / "build").mkdir()
        (self.directory / "build" / "etapa").symlink_to(BINARY)
        script = "set -euo pipefail\n" + "".join(blocks)
        for written, meant in {"PASTE-THE-KEY-HERE": key, "http://127.0.0.1:8080": server.url}.items():
            self.assertIn(written, script)
            script = script.replace(written, meant)
        done = subprocess.run(["bash", "-c", script], cwd=self.directory, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, f"{script}\n{done.stdout}\n{done.stderr}")
        self.assertNotIn('"error"', done.stdout, script)


if __name__ == "__main__":
    unittest.main()
