"""`rainmaker dead-letters list | show | replay`: while the system runs, and while it does not."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.leads import grade_b
from tests.e2e.system import System, local, running
from tests.services.conftest import Tell

CRACK = "CREATE TRIGGER cracked BEFORE INSERT ON scored_observations BEGIN SELECT RAISE(ABORT, 'cracked'); END"
"""What a fact of a lead fails at, until a person has mended it."""


@pytest.fixture
def system(tmp_path: Path, tell: Tell) -> Iterator[System]:
    """The local system, in which no lead can be scored."""
    assert tell("migrate analytics").code == 0
    _alter(tmp_path, CRACK)
    with running(local(tmp_path)) as system:
        yield system


def _alter(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "data" / "analytics.db")) as connection:
        connection.execute(statement)


def test_letters_are_listed_shown_and_replayed_by_command(system: System, tell: Tell, tmp_path: Path) -> None:
    contacts = [_captured(system, who) for who in ("ann", "bob")]
    first, second = _until(lambda: found if len(found := _list(tell)) == 2 else None)
    assert first["reason"].startswith("IntegrityError at ") and first["tries"] == 5
    assert json.loads(tell(f"dead-letters analytics show {first['id']}").out) == first
    _is_refused(tell, first["id"])

    assert system.stop() == {"serve": 0}
    assert _list(tell) == [first, second]
    _is_refused(tell, first["id"])
    _alter(tmp_path, "DROP TRIGGER cracked")
    replayed = tell(f"dead-letters analytics replay {first['id']}")
    assert replayed.code == 0, replayed.err
    assert json.loads(replayed.out)["replayed_at"]
    assert _list(tell) == [second]

    system.start()
    assert tell(f"dead-letters analytics replay {second['id']}").code == 0
    assert _list(tell) == []
    assert [_until(lambda one=one: _grade(system, one)) for one in contacts] == ["B", "B"]  # type: ignore[misc]


def _captured(system: System, who: str) -> str:
    answer = _asked(system, "POST", "/v1/leads", json=grade_b(who))
    assert answer.status_code == 201
    return str(answer.json()["contact_id"])


def _grade(system: System, contact: str) -> str:
    return str(_asked(system, "GET", f"/v1/contacts/{contact}").json()["grade"] or "")


def _asked(system: System, method: str, path: str, **body: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {system.token}"}
    return httpx.request(method, system.urls["customer"] + path, headers=headers, timeout=60, trust_env=False, **body)


def _list(tell: Tell) -> list[dict[str, Any]]:
    told = tell("dead-letters analytics list")
    assert told.code == 0, told.err
    return list(json.loads(told.out))


def _is_refused(tell: Tell, letter: str) -> None:
    """Its cause is not mended: a sentence says what it failed at, and it stays where it is."""
    told = tell(f"dead-letters analytics replay {letter}")
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("It failed again with IntegrityError at ") and told.err.count("\n") == 1
    assert letter in {one["id"] for one in _list(tell)}


def _until(ask: Callable[[], Any]) -> Any:
    until = time.monotonic() + 90
    while not (answer := ask()):
        assert time.monotonic() < until, f"not within 90 s: the last answer was {answer!r}"
        time.sleep(0.1)
    return answer
