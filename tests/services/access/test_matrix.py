"""Every operation of the three services, asked by everybody who may not: nothing is told, nothing is changed.

The operations come from the OpenAPI documents, so a new one is in the matrix by being there.
"""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.settings import SERVICES
from tests.services.access.operations import Operation, operations
from tests.services.access.standing import Standing, standing
from tests.services.access.strangers import CANARY, entitled, unentitled, unknown

ABSENT = "zzz_00000000000000000000000000"
ALWAYS = {"type", "title", "status", "detail", "instance", "errors"}


@pytest.mark.parametrize("name", SERVICES)
async def test_a_refusal_tells_nothing_and_changes_nothing(name: str, database_url: str, tmp_path: Path) -> None:
    async with standing(name, database_url, tmp_path) as here:
        before, said, wrong = here.rows.hashes(), dict[str, Any](), list[str]()
        for one in operations(here.app):
            for status, callers in ((401, unknown()), (403, unentitled(one.scope))):
                for caller, headers in callers.items():
                    about = caller if status == 401 else one.scope
                    wrong += await _faults(here, one, headers, status, said, about, f"{one} by {caller}")
            if here.rows.hashes() != before:
                wrong.append(f"{one}: a refusal changed {_changed(before, here)}")
                before = here.rows.hashes()
        assert wrong == []
        assert {"customer": 2, "campaign": 5, "analytics": 0}[name] <= len(here.known), "too little was there to find"


@pytest.mark.parametrize("name", SERVICES)
async def test_whoever_has_the_scope_is_let_in(name: str, tmp_path: Path) -> None:
    async with standing(name, f"sqlite:///{tmp_path}/test.db", tmp_path) as here:
        shut = []
        for one in operations(here.app):
            roles = entitled(one.scope)
            assert roles, one
            for role, headers in roles.items():
                answer = await _ask_in_vain(here, one, headers)
                if answer.status_code in (401, 403) or answer.status_code >= 500:
                    shut.append(f"{one} by {role}: {answer.status_code} {answer.text}")
        assert shut == []


async def _faults(
    here: Standing, one: Operation, headers: dict[str, str], status: int, said: dict[str, Any], about: str, where: str
) -> list[str]:
    """What is wrong with these refusals: nobody is told whether a thing is there, or what is wrong with the body."""
    sent = [(here.known.get(one.collection, ABSENT), one.content)]
    if status == 403:
        sent.append((ABSENT, one.content and b"{"))
    found = []
    for first_id, content in sent:
        answer = await here.ask(one, headers, first_id, content)
        if answer.status_code != status:
            found.append(f"{where} ({first_id}): {answer.status_code} instead of {status}: {answer.text}")
            continue
        told = _told(answer)
        if told != said.setdefault(about, told):
            found.append(f"{where} ({first_id}): {told} instead of {said[about]}")
        if leaks := [word for word in (CANARY, ABSENT, first_id, "elsewhere", "issuer.example") if word in str(told)]:
            found.append(f"{where}: the answer repeats {leaks}")
    return found


def _told(answer: httpx.Response) -> tuple[Any, ...]:
    """All that an answer says, but for what is of this request alone."""
    body = answer.json()
    assert set(body) == ALWAYS, body
    assert answer.headers["content-type"] == "application/problem+json"
    assert re.match(r"Bearer\b", answer.headers["www-authenticate"]), answer.headers
    headers = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "traceparent")}
    return {**body, "instance": ""}, headers


async def _ask_in_vain(here: Standing, one: Operation, headers: dict[str, str]) -> httpx.Response:
    """So that nothing happens where it is let in: an id that is not there, a body that is not JSON."""
    content = b"{" if one.method in ("POST", "PUT", "PATCH") else b""
    media = {"Content-Type": "application/json"} if content else {}
    return await here.client.request(one.method, one.url(ABSENT), content=content, headers=headers | media)


def _changed(before: dict[str, str], here: Standing) -> list[str]:
    return [name for name, found in here.rows.hashes().items() if before.get(name) != found]
