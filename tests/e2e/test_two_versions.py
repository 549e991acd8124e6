"""An upgrade while leads come in: the release before and this one work side by side on one PostgreSQL and one Kafka."""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.leads import grade_a
from tests.e2e.system import SERVICES, System, running, scaled, scaled_secrets
from tests.eventually import eventually, until
from tests.real.kafka import Broker

LEADS = 15
"""Before the upgrade, to each version during it, and after it."""
DAY = "2026-01-15"
Rows = list[dict[str, Any]]


@pytest.fixture
def settings(tmp_path: Path, postgres_service_url: str, own_kafka: Broker) -> dict[str, Any]:
    shared = {"SMTP_URL": f"file://{tmp_path / 'mailbox'}", "database_url": postgres_service_url}
    patient = f"{own_kafka.url}?request_timeout_ms=30000"  # a dozen programs start at once
    return scaled_secrets() | shared | {"bus_url": patient, "workers": 1}


@pytest.fixture
def before(tmp_path: Path, previous_version: Path, settings: dict[str, Any]) -> Iterator[System]:
    (tmp_path / "before").mkdir()
    with running(scaled(tmp_path / "before", home=previous_version, **settings)) as system:
        yield system


async def test_while_one_version_follows_the_other_each_lead_is_followed_up_once(
    before: System, tmp_path: Path, settings: dict[str, Any]
) -> None:
    await leads_come_in(before, "early")
    await metrics_come_in(before, revision=1)
    (tmp_path / "after").mkdir()
    with running(await asyncio.to_thread(scaled, tmp_path / "after", **settings)) as after:  # migrates
        await asyncio.gather(leads_come_in(before, "old"), leads_come_in(after, "new"))
        await asyncio.gather(metrics_come_in(before, revision=2), metrics_come_in(after, revision=3))
        await restarted_on_the_newer_schema(before)
        await asyncio.gather(leads_come_in(before, "once-more"), leads_come_in(after, "once-more"))
        both = await asyncio.gather(followed_up(before, 4 * LEADS), followed_up(after, 4 * LEADS))
        assert both[0] == both[1]
        await asyncio.gather(figures_are(before), figures_are(after))
        assert set(before.stop().values()) == {0}
        await leads_come_in(after, "late")
        await followed_up(after, 5 * LEADS)
        assert set(after.stop().values()) == {0}
    assert len(list((tmp_path / "mailbox").glob("*.eml"))) == 5 * LEADS


async def leads_come_in(system: System, name: str) -> None:
    leads = [grade_a(f"{name}{number}") for number in range(LEADS)]
    async with system.client("customer") as customer:
        for answer in await asyncio.gather(*(customer.post("/v1/leads", json=lead) for lead in leads)):
            assert answer.status_code in (200, 201), answer.text


async def metrics_come_in(system: System, *, revision: int) -> None:
    """The same ads each time: a later revision has ten times the clicks of the one before."""
    rows = [
        {
            "account": "main",
            "channel": "search",
            "campaign": "brand",
            "ad": f"ad-{number}",
            "day": DAY,
            "impressions": 10_000,
            "clicks": 10**revision,
            "as_of": f"2026-01-16T0{revision}:00:00Z",
        }
        for number in range(LEADS)
    ]
    async with system.client("campaign") as campaign:
        answer = await campaign.post("/v1/ad-metrics:batch", json={"metrics": rows})
        assert answer.status_code < 300, answer.text


async def restarted_on_the_newer_schema(system: System) -> None:
    """As an upgrade does it: a worker that is killed instead leaves mails behind of which nobody knows."""
    workers = [system.processes[f"{name}-worker-1"] for name in SERVICES]
    for worker in workers:
        assert worker.kill(signal.SIGTERM) == 0
        worker.log.unlink()
        worker.start()
    await until(lambda: all("service started" in worker.log.read_text() for worker in workers), seconds=180)


async def followed_up(system: System, leads: int) -> Counter[str]:
    """The actions by what they came to, once there is one mail and one task for each lead, and nothing else."""
    async with system.client("campaign") as campaign:

        async def settled() -> dict[str, int] | None:
            totals: dict[str, int] = (await campaign.get("/v1/actions/summary")).json()
            assert totals["planned"] <= 2 * leads, "something was followed up twice"
            assert not (totals["unknown"] or totals["failed"] or totals["withheld"]), totals
            return totals if totals["sent"] + totals["done"] == 2 * leads else None

        totals = await eventually(settled, seconds=240, pause=0.2)
    assert (totals["sent"], totals["done"], totals["waiting"]) == (leads, leads, 0)
    return Counter({name: count for name, count in totals.items() if name != "as_of"})


async def figures_are(system: System) -> None:
    """The newest revision of each ad stands, whichever version took it in and whichever sums it up."""
    async with system.client("analytics") as analytics:

        async def summed() -> bool:
            items: Rows = (await analytics.get("/v1/channels")).json()["items"]
            return [one["clicks"]["sum"] for one in items] == [LEADS * 1_000]

        await eventually(summed, seconds=180, pause=0.2)
