"""A real file system of a few megabytes, in memory, that can be filled to the last byte and freed again."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BLOCK = 64 * 1024


class DiskMissing(Exception):
    """No file system can be mounted here."""


class SmallDisk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Until nothing more fits: at the end byte by byte, so that no page is left for anybody."""
        with self._ballast.open("ab", buffering=0) as ballast:
            size = BLOCK
            while size:
                try:
                    size = size if ballast.write(bytes(size)) == size else size // 2
                except OSError:
                    size //= 2

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mounted at this folder while inside. Raises `DiskMissing`, with the reason."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        raise DiskMissing("only root may mount one; run this test as root, as in a container")
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", "--lazy", str(folder))  # also where a process that was killed still holds a file


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own command
    if done.returncode:
        raise DiskMissing(f"{' '.join(command)}: {done.stderr.strip()}")
