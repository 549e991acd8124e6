"""Ad metrics from other systems: each report once, and the same rule as over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlmodel import Session

from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.ads.models import metrics, revisions
from services.campaign_svc.inbound import INTAKES
from services.campaign_svc.tables import tables
from shared.access.tokens import Tokens
from shared.bus import Message, open_bus
from shared.contracts.inbound import AdMetricSubmitted
from shared.deadletters import list_letters
from shared.events import schema_of
from shared.runtime import Runtime
from shared.settings import Settings
from shared.types import rfc3339
from tests.campaign_svc.ads.reports import report
from tests.fixtures import MakeDatabase

HEADERS = {
    "ce_specversion": "1.0",
    "ce_type": "ad_metric.submitted",
    "ce_source": "https://network.example/reports",
    "content-type": "application/json",
}


def metric(id: str, ce: dict[str, str] | None = None, **changes: Any) -> Message:
    headers = HEADERS | {"ce_id": id} | {f"ce_{name}": value for name, value in (ce or {}).items()}
    return Message("inbound-ad-metrics", "any key", orjson.dumps(report(**changes)), headers)


@pytest.fixture
async def runtime(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[Runtime]:
    bus = open_bus(f"sqlite:///{tmp_path}/bus.db")
    settings = Settings(data=tmp_path, master_key="00112233445566778899aabbccddeeff" * 2)
    tokens = Tokens(Ed25519PrivateKey.generate())
    yield Runtime("campaign", settings, make_database(tables.metadata), bus, tokens, offered=INTAKES)
    await bus.close()


async def take_all(runtime: Runtime, *messages: Message) -> None:
    await runtime.bus.publish(messages)
    reader = runtime.intakes
    async with runtime.bus.consume(reader.group, reader.topics) as consumer:
        while await reader.take_some(consumer, wait=0.1):
            pass


def standing(session: Session) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.execute(select(metrics.c.clicks, metrics.c.as_of))]


def history(session: Session) -> int:
    return len(session.execute(select(revisions.c.id)).all())


async def test_revisions_in_any_order_and_twice_give_the_newest_figures(runtime: Runtime) -> None:
    newer, older = "2026-02-01T06:00:00Z", "2026-01-31T06:00:00Z"
    messages = [metric("2", clicks=12, as_of=newer), metric("1", clicks=10, as_of=older)]
    await take_all(runtime, *messages, *messages)
    await take_all(runtime, *messages)
    assert await runtime.db.read(standing) == [(12, rfc3339(newer))]
    assert await runtime.db.read(history) == 2


async def test_a_report_without_a_moment_has_that_of_its_envelope(runtime: Runtime) -> None:
    await take_all(runtime, metric("1", {"time": "2026-02-02T06:00:00+01:00"}, clicks=7, as_of=None))
    assert await runtime.db.read(standing) == [(7, rfc3339("2026-02-02T05:00:00Z"))]


async def test_an_envelope_from_the_future_is_no_moment_for_a_report(runtime: Runtime) -> None:
    """It would stand for ever: no true report could be newer."""
    await take_all(runtime, metric("1", {"time": "9999-02-02T06:00:00Z"}, as_of=None), metric("2"))
    assert len(await runtime.db.read(standing)) == 1
    [letter] = await runtime.db.read(list_letters)
    assert "future" in letter.reason


async def test_only_the_report_that_http_would_refuse_is_set_aside(runtime: Runtime) -> None:
    wrong = {"amount": "1.00", "currency": "USD"}
    await take_all(runtime, metric("1"), metric("2", revenue=wrong), metric("3", day="2026-02-30"), metric("4", ad="b"))
    assert len(await runtime.db.read(standing)) == 2
    reasons = [letter.reason for letter in await runtime.db.read(list_letters)]
    assert ["revenue: " in reasons[0], "day: " in reasons[1], len(reasons)] == [True, True, 2]


def test_the_contract_has_the_fields_of_a_metric_and_says_the_same_of_them() -> None:
    """But of dictionaries it says less of the keys, and of `as_of` where it comes from."""
    taken, published = MetricIn.model_json_schema(), schema_of(AdMetricSubmitted)
    assert set(published["properties"]) == set(taken["properties"])
    assert published["required"] == taken["required"]
    for name in set(published["properties"]) - {"dimensions", "conversions", "as_of"}:
        assert published["properties"][name] == taken["properties"][name], name
