"""What `make secrets` makes: whole, random, for few, once."""

import subprocess
from pathlib import Path

import pytest

from tests.deploy.compose import MAKE_SECRETS, ROOT, Compose, make_secrets


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    return make_secrets(tmp_path)


def test_the_secrets_that_are_made_are_those_that_are_mounted(secrets: Path) -> None:
    assert {path.name for path in secrets.iterdir()} == set(Compose.read().whole["secrets"])


def test_the_secrets_are_for_their_owner_and_the_containers(secrets: Path) -> None:
    """Nobody else comes through the folder; inside, users of containers read files that are not theirs."""
    assert oct(secrets.stat().st_mode & 0o777) == "0o700"
    assert {oct(path.stat().st_mode & 0o777) for path in secrets.iterdir()} == {"0o444"}


def test_no_two_secrets_are_alike(secrets: Path, tmp_path: Path) -> None:
    (other := tmp_path / "other").mkdir()
    found = [path.read_text() for folder in (secrets, make_secrets(other)) for path in folder.iterdir()]
    random = [text for text in found if not text.startswith("file:")]
    assert len(set(random)) == len(random) == 2 * (len(list(secrets.iterdir())) - 1)


def test_secrets_that_are_there_are_never_overwritten(secrets: Path) -> None:
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    again = subprocess.run(MAKE_SECRETS, cwd=secrets.parent, capture_output=True, text=True, check=False)  # noqa: S603
    assert again.returncode == 1 and "there already" in again.stderr
    assert {path.name: path.read_text() for path in secrets.iterdir()} == before
    assert [path.name for path in secrets.parent.iterdir()] == ["secrets"]


def test_git_leaves_the_secrets_alone() -> None:
    ignored = subprocess.run(["git", "check-ignore", "secrets/master_key"], cwd=ROOT, capture_output=True, check=False)  # noqa: S607
    assert ignored.returncode == 0
