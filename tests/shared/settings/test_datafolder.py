"""The data folder: one process at a time, and secrets for its owner alone."""

import os
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.settings import datafolder
from shared.settings.datafolder import (
    FolderInUse,
    addresses_of_holder,
    all_held,
    held,
    is_held,
    make_folder,
    secret_file,
)

HOLDER = """
import sys, pathlib
from shared.settings.datafolder import all_held
with all_held([pathlib.Path(sys.argv[1])], {"customer": "http://there"}):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    process = subprocess.Popen(  # noqa: S603 - this interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_refused_by_a_sentence_until_the_first_is_gone(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    with holder:
        with pytest.raises(FolderInUse, match=f"{tmp_path} is in use by another Rainmaker process"), held(tmp_path):
            pass
        assert addresses_of_holder(tmp_path) == {"customer": "http://there"}
        holder.kill()
    with held(tmp_path):
        assert not is_held(tmp_path)


def test_one_process_may_hold_a_folder_many_times(tmp_path: Path) -> None:
    with all_held([tmp_path]), held(tmp_path):
        assert addresses_of_holder(tmp_path) is None


def test_two_that_start_at_once_on_an_empty_folder_get_one_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_found_none = threading.Barrier(2)

    def after_both_looked(folder: Path) -> Path:
        both_found_none.wait(90)
        return make_folder(folder)

    monkeypatch.setattr(datafolder, "make_folder", after_both_looked)
    path = tmp_path / "signing" / "master.key"
    with ThreadPoolExecutor(2) as starting:
        first, second = starting.map(lambda made: secret_file(path, made), (b"first", b"second"))
    assert first == second == path.read_bytes()
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]


def test_a_secret_is_on_the_disk_with_the_folder_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []

    def noted(fd: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(fd).st_mode))

    monkeypatch.setattr(os, "fsync", noted)
    secret_file(tmp_path / "signing" / "master.key", b"secret")
    assert synced == [False, True, True]


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "signing" / "master.key"
    assert secret_file(path, b"first") == b"first"
    assert secret_file(path, b"second") == b"first"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]
