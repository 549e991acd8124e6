"""The code of the release before this one, from the history of this repository."""

import io
import subprocess
import tarfile
from pathlib import Path

from tests.e2e.system import ROOT

PREVIOUS = "500640f7297e0cac2de9dcc9a3c23eddd3cd70e5"
"""What was delivered last. At a release it becomes the commit of that release."""


class HistoryMissing(Exception):
    """This clone does not have that commit; the text says what would change that."""


def unpacked(folder: Path) -> Path:
    """The folder, with `shared/` and `services/` as they were."""
    command = ["git", "-C", str(ROOT), "archive", PREVIOUS, "shared", "services"]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # our own command
    if done.returncode:
        raise HistoryMissing(f"commit {PREVIOUS[:8]} is not in this clone; fetch it: git fetch --unshallow")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder
