"""The world of a test, built up and taken down."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.campaign_svc.tables import tables
from services.campaign_svc.templates import library
from tests.campaign_svc.delivery.customer import CustomerPeer
from tests.campaign_svc.delivery.world import BY, World, runtime_of
from tests.clocks import Shifted
from tests.fixtures import MakeDatabase
from tests.real.smtp import MailServer


@pytest.fixture
async def mails(tmp_path: Path) -> AsyncIterator[MailServer]:
    mails = MailServer(log=tmp_path / "mails.jsonl")
    await mails.start()
    yield mails
    await mails.stop()


@pytest.fixture
async def customer() -> AsyncIterator[CustomerPeer]:
    customer = CustomerPeer()
    await customer.start()
    yield customer
    await customer.stop()


@pytest.fixture
async def world(
    make_database: MakeDatabase, tmp_path: Path, mails: MailServer, customer: CustomerPeer
) -> AsyncIterator[World]:
    clock = Shifted()
    db = make_database(tables.metadata, clock=clock)
    await db.write(library.seed, by=BY)
    world = World(runtime_of(db, tmp_path, smtp_url=mails.url, customer_url=customer.url), mails, customer, clock)
    yield world
    await world.close()
