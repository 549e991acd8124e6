"""The data folder of an embedded system: one process holds it at a time, and its keys are its owner's alone."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

_held: dict[Path, tuple[BinaryIO, int]] = {}


class FolderInUse(Exception):
    """Another process holds the folder; the message is a sentence for the person who started this one."""


def make_folder(folder: Path) -> Path:
    """The folder, made where it was not there, closed to other users."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder for this process, or raise `FolderInUse`. The system lets go of it when the process dies.

    SQLite can damage a file that two processes write at once. Within one process it may be held many times.
    """
    path = make_folder(folder).resolve() / "lock"
    file, count = _held.get(path) or (_locked(path), 0)
    _held[path] = (file, count + 1)
    try:
        yield
    finally:
        file, count = _held.pop(path)
        if count > 1:
            _held[path] = (file, count - 1)
        else:
            file.close()


def is_held(folder: Path) -> bool:
    """Whether another process holds the folder."""
    if not folder.exists():
        return False
    try:
        with held(folder):
            return False
    except FolderInUse:
        return True


@contextmanager
def all_held(folders: Sequence[Path], addresses: Mapping[str, str] | None = None) -> Iterator[None]:
    """Hold several folders, and note in each where this process can be reached, by service."""
    with ExitStack() as holding:
        for folder in folders:
            holding.enter_context(held(folder))
            (folder / "lock").write_text(json.dumps(dict(addresses or {})))
        yield


def addresses_of_holder(folder: Path) -> dict[str, str] | None:
    """Where the process that holds the folder can be reached; None where nobody else holds it."""
    if not is_held(folder):
        return None
    note: dict[str, str] = json.loads((folder / "lock").read_text() or "{}")
    return note


def secret_file(path: Path, make: bytes) -> bytes:
    """What the file holds; where there is none it is made to hold `make`, whole or not at all, for its owner alone.

    Of several that make it at once one does, and all get what that one made.
    """
    if not path.exists():
        number, draft = mkstemp(prefix=f".{path.name}.", dir=make_folder(path.parent))
        try:
            with os.fdopen(number, "wb") as file:
                file.write(make)
                file.flush()
                os.fsync(number)
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            Path(draft).unlink()
        for folder in (path.parent, path.parent.parent):
            _sync(folder)
    return path.read_bytes()


def _sync(folder: Path) -> None:
    """What the folder names is found again after a power cut."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _locked(path: Path) -> BinaryIO:
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise FolderInUse(
            f"The data folder {path.parent} is in use by another Rainmaker process; "
            "stop that one, or set RAINMAKER_DATA to another folder."
        ) from error
    return file
