"""`rainmaker dead-letters show --open`: what others sent is kept sealed, and opened for who asks in so many words."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.bus import Message, open_bus
from tests.e2e.system import System, local, running
from tests.eventually import eventually
from tests.services.conftest import Tell

NONSENSE = Message("inbound-leads", "canary", b'{"email": "canary@mill.example"}', {"x-from": "canary"})


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    asyncio.run(_send(f"sqlite:///{tmp_path}/data/bus.db"))
    with running(local(tmp_path)) as system:
        yield system


async def _send(address: str) -> None:
    """Before the system is there, as nobody else may open its bus afterwards."""
    bus = open_bus(address)
    await bus.publish([NONSENSE])
    await bus.close()


def test_a_sealed_letter_is_shown_closed_and_opened_on_demand(system: System, tell: Tell) -> None:
    async def waiting() -> bool:
        async with system.client("customer") as customer:
            return bool((await customer.get("/v1/dead-letters")).json()["items"])

    asyncio.run(eventually(waiting))
    _is_opened_on_demand_only(tell)
    assert system.stop() == {"serve": 0}
    _is_opened_on_demand_only(tell)
    assert "canary" not in system.processes["serve"].log.read_text()


def _is_opened_on_demand_only(tell: Tell) -> None:
    (letter,) = json.loads(tell("dead-letters customer list").out)
    closed = tell(f"dead-letters customer show {letter['id']}")
    assert json.loads(closed.out) == letter and "canary" not in closed.out
    opened = json.loads(tell(f"dead-letters customer show {letter['id']} --open").out)
    assert (opened["key"], opened["headers"]) == (NONSENSE.key, NONSENSE.headers)
    assert opened["value"].encode() == NONSENSE.value and not opened["base64"]
