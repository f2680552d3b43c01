"""A file system in memory of so many megabytes, to be filled. Only root may mount it, and not on every machine."""

import subprocess
import tempfile
from pathlib import Path


def may_mount():
    with tempfile.TemporaryDirectory(prefix="etapa-cli-") as directory:
        try:
            SmallDisk(Path(directory) / "disk", 1).close()
        except AssertionError:
            return False
    return True


class SmallDisk:
    def __init__(self, directory, megabytes):
        self.path = Path(directory)
        self.path.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=777", "none", self.path],
                              capture_output=True, text=True)
        assert done.returncode == 0, f"the test of a full disk mounts a tmpfs, as root: {done.stderr.strip()}"

    def fill(self, name="filler"):
        with open(self.path / name, "wb", buffering=0) as file:
            piece = bytes(1 << 16)
            while piece:
                try:
                    file.write(piece)
                except OSError:
                    piece = piece[:len(piece) // 2]

    def free(self, name="filler"):
        (self.path / name).unlink()

    def close(self):
        # Lazily: the kernel may hold it for seconds after the last process that used it.
        subprocess.run(["umount", "--lazy", self.path], check=True)
