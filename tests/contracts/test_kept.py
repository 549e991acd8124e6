"""The documents in `docs/api` are what the code says, and break nothing that was released."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contracts import kept
from tests.contracts.kept import CHANGELOG, CURRENT, RELEASED, ROOT, broken, read, unsaid, write

Documents = dict[str, Any]


@pytest.fixture(scope="module")
def now() -> Documents:
    """From a process of its own: what other tests have registered here is no part of them."""
    command = [sys.executable, "-m", "tests.contracts.kept", "print"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)  # noqa: S603  # our own command
    return dict(json.loads(done.stdout))


def test_the_kept_documents_are_what_the_code_says(now: Documents) -> None:
    there = read(CURRENT)
    differing = [name for name in now.keys() | there.keys() if now.get(name) != there.get(name)]
    assert differing == [], f"{', '.join(sorted(differing))} differ: run `make api-docs`, look at the diff, commit it"


def test_nothing_that_was_released_is_broken(now: Documents) -> None:
    found = "\n".join(broken(read(RELEASED), now))
    assert found == "", (
        f"What was released is broken:\n{found}\nMend it. Where a break is meant, CHANGELOG.md says so in a line "
        "`* Breaking: `<name>` ...` with the name before the colon, and then `make api-release`."
    )


@pytest.fixture
def changed() -> Documents:
    """As it was released, without one operation."""
    changed = copy.deepcopy(read(RELEASED))
    del changed["customer.openapi.json"]["paths"]["/v1/contacts/{contact_id}"]["patch"]
    return changed


def test_an_operation_that_goes_is_a_break_of_what_was_released(changed: Documents) -> None:
    assert broken(read(RELEASED), changed) == ["customer: PATCH /v1/contacts/{contact_id}: gone"]


def test_a_document_that_goes_is_a_break() -> None:
    assert broken({"door.openapi.json": {}}, {}) == ["door: door.openapi.json: gone"]


def test_the_baseline_does_not_move_over_a_break_that_the_changelog_does_not_name(
    changed: Documents, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(read(RELEASED), tmp_path / "released")
    monkeypatch.setattr(kept, "RELEASED", tmp_path / "released")
    monkeypatch.setattr(kept, "CHANGELOG", tmp_path / "CHANGELOG.md")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG.read_text())
    assert kept.release(changed) == 1
    assert "breaks customer: PATCH /v1/contacts/{contact_id}: gone" in capsys.readouterr().out
    assert read(tmp_path / "released") == read(RELEASED)

    told = "* Breaking: `PATCH /v1/contacts/{contact_id}` is gone; contacts are changed by leads.\n"
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG.read_text() + told)
    assert kept.release(changed) == 0
    assert read(tmp_path / "released") == changed


def test_a_break_is_said_by_its_whole_name() -> None:
    found = ["customer: GET /v1/doors/{id}: gone"]
    assert unsaid(found, "* Breaking: `GET /v1/doors` is gone.") == found
    assert unsaid(found, "* `GET /v1/doors/{id}` is faster.") == found
    assert unsaid(found, "* Breaking: `GET /v1/doors/{id}` is gone.") == []
    assert unsaid(found, "* Breaking: a door and\n  `GET /v1/doors/{id}` are gone.\n* A bell.") == []
    assert unsaid(found, "* Breaking: a door.\n* `GET /v1/doors/{id}` is faster.") == found


def test_a_break_that_many_operations_share_is_said_by_its_parameter() -> None:
    found = [f"customer: {method} /v1/doors: header Key: pattern a instead of b" for method in ("PUT", "POST")]
    assert unsaid(found, "* Breaking: `header Key` has a pattern.") == []
    assert unsaid(found, "* Breaking: `header Lock` has a pattern.") == found
