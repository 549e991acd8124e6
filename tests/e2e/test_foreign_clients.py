"""Clients that know nothing of us drive the main job over a real Kafka: docs/integrate.md, run as it stands there."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.system import ROOT, System, local, running
from tests.eventually import eventually
from tests.real.fixtures import kafka_or_absent
from tests.real.kafka import Broker
from tests.real.kafka_parts import jars, java
from tests.real.required import REAL

pytest.importorskip("confluent_kafka", reason="the foreign client is confluent-kafka, and it is not installed")

PAGE = (ROOT / "docs" / "integrate.md").read_text()
PAGE = PAGE.replace("flush(30)", "flush(120)").replace("--timeout-ms 30000", "--timeout-ms 120000")
"""As a reader does whose machine is slow."""
_, SEND_IN_PYTHON, READ_IN_PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(SEND_IN_JAVA,) = re.findall(r"^```java\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SEND_ON_THE_CONSOLE, READ_ON_THE_CONSOLE = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
TOOLS = {
    "producer": "org.apache.kafka.tools.ConsoleProducer",
    "consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
}
THE_MAIN_JOB = ("lead.captured", "lead.scored", "decision.made", "action.sent")
SECONDS = 240


class Foreigner:
    """Somebody with a Kafka client and the page; `folder` has what Kafka brings along on its PATH."""

    def __init__(self, broker: Broker, system: System, folder: Path) -> None:
        self.broker, self._folder = broker, folder
        for name, main in TOOLS.items():
            tool = folder / f"kafka-console-{name}.sh"
            tool.write_text(f'#!/bin/sh\nexec "{java()}" -XX:TieredStopAtLevel=1 -cp "{jars()}/*" {main} "$@"\n')
            tool.chmod(0o755)
        urls = {name.upper(): url for name, url in system.urls.items()}
        self._environment = os.environ | urls | {"KAFKA": broker.bootstrap, "PATH": f"{folder}:{os.environ['PATH']}"}

    async def python(self, code: str, **environment: str) -> str:
        return await self._run(sys.executable, "-c", code, **environment)

    async def shell(self, commands: str) -> str:
        return await self._run("sh", "-euc", commands)

    async def java(self, code: str) -> str:
        (self._folder / "SendLead.java").write_text(code)
        return await self._run(java(), "-cp", f"{jars()}/*", str(self._folder / "SendLead.java"))

    async def _run(self, *command: str, **environment: str) -> str:
        done = await asyncio.to_thread(
            subprocess.run,
            command,
            env=self._environment | environment,
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Broker, System]]:
    """One broker and one local system on it for the page; each test has leads of its own."""
    with (
        kafka_or_absent() as broker,
        running(local(tmp_path_factory.mktemp("system"), BUS_URL=broker.url)) as system,
    ):
        yield broker, system


@pytest.fixture
def system(request: pytest.FixtureRequest, started: tuple[Broker, System]) -> System:
    request.node.user_properties.append((REAL, "kafka"))
    return started[1]


@pytest.fixture
def foreigner(started: tuple[Broker, System], tmp_path: Path) -> Foreigner:
    return Foreigner(*started, tmp_path)


async def test_a_python_client_drives_a_lead_to_its_follow_up_and_reads_the_facts_with_their_schemas(
    system: System, foreigner: Foreigner
) -> None:
    for _ in range(2):
        assert await foreigner.python(SEND_IN_PYTHON, LEAD_ID="the same") == "sent\n"
    lines = (await foreigner.python(READ_IN_PYTHON, UNTIL=" ".join(THE_MAIN_JOB))).splitlines()
    async with system.client("customer") as customer:
        contact = await _contact(customer, source="crm", external_id="4711")
    assert (contact["observations"], contact["grade"]) == (1, "A")
    assert lines.count(f"lead.captured {contact['id']}") == 1
    assert sum("ada@mill.example" in mail.read_text() for mail in system.mailbox.glob("*.eml")) == 1


async def test_the_console_tools_of_kafka_send_a_lead_and_read_its_score(system: System, foreigner: Foreigner) -> None:
    for _ in range(2):
        await foreigner.shell(SEND_ON_THE_CONSOLE)
    score = await foreigner.shell(READ_ON_THE_CONSOLE)
    assert "ce_type:lead.scored" in score and '"grade":' in score
    async with system.client("customer") as customer:
        assert (await _contact(customer, email="eve@mill.example"))["observations"] == 1


@pytest.mark.skipif(not shutil.which("javac"), reason="the Java of the page is compiled, and there is no compiler here")
async def test_a_java_client_sends_a_lead_in_structured_mode(system: System, foreigner: Foreigner) -> None:
    assert await foreigner.java(SEND_IN_JAVA) == "sent\n"
    async with system.client("customer") as customer:
        assert (await _contact(customer, email="bob@mill.example"))["source"] == "shop"


async def test_an_ad_metric_becomes_a_figure_of_its_channel(system: System, foreigner: Foreigner) -> None:
    message = SEND_ON_THE_CONSOLE.replace("lead.submitted", "ad_metric.submitted").replace("badge-17", "report-1")
    metric = '{"channel": "fair_radio", "day": "2026-01-30", "impressions": 4000, "clicks": 7}'
    for _ in range(2):
        await foreigner.shell(
            re.sub(r"'\{.*\}'", f"'{metric}'", message).replace("inbound-leads", "inbound-ad-metrics")
        )

    async def figures() -> list[dict[str, Any]]:
        async with system.client("analytics") as analytics:
            return [one for one in (await analytics.get("/v1/channels")).json()["items"] if "fair_radio" in str(one)]

    (figure,) = await eventually(figures)
    assert "4000" in str(figure)


async def test_what_a_client_gets_wrong_is_sealed_with_the_reason_and_the_next_lead_is_handled(
    system: System, foreigner: Foreigner
) -> None:
    await asyncio.to_thread(_send_nonsense, foreigner.broker)
    await foreigner.shell(SEND_ON_THE_CONSOLE.replace("badge-17", "badge-18").replace("eve@", "zoe@"))
    async with system.client("customer") as customer:
        assert (await _contact(customer, email="zoe@mill.example"))["source"] == "fair"
        letters = await eventually(lambda: _letters(customer, 4))
        await _are_opened_on_demand_only(customer, letters)
    assert sorted(letter["reason"].partition(":")[0] for letter in letters) == [
        "a CloudEvent needs the attribute specversion",
        "a CloudEvent needs the attribute specversion",
        "the data does not fit its schema",
        "the type must be one that this topic takes",
    ]
    written = b"".join(path.read_bytes() for path in system.data.glob("customer.db*"))
    assert b"canary" not in written and b"canary" not in system.processes["serve"].log.read_bytes()


def _send_nonsense(broker: Broker) -> None:
    """Keys and headers that are no text, a tombstone, a typo, a type that nobody takes."""
    from confluent_kafka import Producer

    good: dict[str, str | bytes | None] = {
        "ce_specversion": "1.0",
        "ce_type": "lead.submitted",
        "ce_source": "/x",
        "ce_id": "canary",
    }
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    producer.produce("inbound-leads", b"canary \xff", key=b"\xff\x00canary", headers={"canary": b"\xff"})
    producer.produce("inbound-leads", None, key=b"canary")
    producer.produce("inbound-leads", b'{"source": "x", "emial": "canary@mill.example"}', headers=good)
    producer.produce("inbound-leads", b"{}", headers=good | {"ce_type": "canary.submitted"})
    assert producer.flush(90) == 0


async def _are_opened_on_demand_only(customer: httpx.AsyncClient, letters: list[dict[str, Any]]) -> None:
    assert "canary" not in str(letters)
    for letter in letters:
        opened = await customer.get(f"/v1/dead-letters/{letter['id']}/message")
        assert opened.status_code == 200 and ("canary" in opened.text or opened.json()["base64"])
        again = await customer.post(f"/v1/dead-letters/{letter['id']}/replay")
        assert again.status_code == 409 and "mend the cause" in again.json()["detail"]


async def _contact(customer: httpx.AsyncClient, **wanted: str) -> dict[str, Any]:
    """Whom this names, as soon as there is somebody."""

    async def found() -> list[dict[str, Any]]:
        return list((await customer.post("/v1/contacts/search", json=wanted)).json()["items"])

    (contact,) = await eventually(found)
    return contact


async def _letters(customer: httpx.AsyncClient, number: int) -> list[dict[str, Any]] | None:
    found = list((await customer.get("/v1/dead-letters")).json()["items"])
    return found if len(found) == number else None
