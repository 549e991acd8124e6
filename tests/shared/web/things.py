"""A room as small as a room can be, on real parts, for the tests of the HTTP layer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import httpx
from fastapi import FastAPI, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, insert, select
from sqlmodel import Session

from shared.access.tokens import Tokens
from shared.bus import open_bus
from shared.database import Database, Tx
from shared.database.tables import kernel_tables
from shared.principal import Principal
from shared.problems import Problem, not_found
from shared.runtime import Runtime
from shared.settings import Settings
from shared.types import Email, Int64, Text
from shared.web import Db, IdempotencyKey, IfMatch, Order, Page, Paging, Router, allowed, errors, etag, refuse_stale
from tests.fixtures import create_tables

SCOPES = ["things:read", "things:write"]

METADATA = MetaData()
kernel_tables(METADATA)
THINGS = Table(
    "things",
    METADATA,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("kind", String),
    Column("weight", Integer),
    Column("seen_at", DateTime, nullable=False),
)

MayRead = Annotated[Principal, allowed("things:read")]
MayWrite = Annotated[Principal, allowed("things:write")]


class Small(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["small"]
    width: Int64


class Large(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["large"]
    height: Int64


class ThingIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Text = Field(examples=["Lamp"])
    email: Email | None = None
    count: Int64 | None = None
    size: Annotated[Small | Large, Field(discriminator="kind")] | None = None
    seen_at: datetime | None = None
    attributes: dict[str, object] = {}


class ThingOut(BaseModel):
    id: str
    created: bool


class Thing(BaseModel):
    name: str
    kind: str | None
    weight: int | None


router = Router(prefix="/v1/things", tags=["things"])

ORDER = Order(
    {"name": THINGS.c.name, "kind": THINGS.c.kind, "weight": THINGS.c.weight, "seen_at": THINGS.c.seen_at},
    default="-seen_at",
    tie=THINGS.c.id,
)


def add_thing(tx: Tx, name: str) -> ThingOut:
    tx.session.execute(insert(THINGS).values(id=name, name=name, seen_at=tx.now.replace(tzinfo=None)))
    return ThingOut(id=name, created=True)


@router.post("", status_code=201)
async def make_thing(thing: ThingIn, response: Response, db: Db, once: IdempotencyKey, by: MayWrite) -> ThingOut:
    """Make a thing."""
    made = await db.write(add_thing, thing.name, by=by, once=once)
    response.status_code = 201 if made.created else 200
    return made


@router.get("")
async def list_things(asked: Annotated[Paging, ORDER.asked()], db: Db, _: MayRead, kind: str = "") -> Page[Thing]:
    return await db.read(things_page, asked, kind)


def things_page(session: Session, asked: Paging, kind: str) -> Page[Thing]:
    query = select(THINGS.c.name, THINGS.c.kind, THINGS.c.weight)
    if kind:
        query = query.where(THINGS.c.kind == kind)
    return asked.page(session, query, lambda name, kind, weight: Thing(name=name, kind=kind, weight=weight))


@router.post(":batch")
async def make_things(things: list[dict[str, object]], _: MayWrite) -> int:
    return len(things)


@router.post("/search")
async def search_things(_: MayRead) -> int:
    return 0


@router.get("/{thing_id}")
async def read_thing(thing_id: str, response: Response, _: MayRead) -> ThingOut:
    if thing_id == "broken":
        raise KeyError("jane.canary@example.com")
    if thing_id == "busy":
        raise Problem(503, "busy", "Temporarily unavailable", headers={"Retry-After": "1"})
    if thing_id != "lamp":
        raise not_found("thing")
    etag(response, 3)
    return ThingOut(id=thing_id, created=False)


@router.put("/{thing_id}", responses=errors(409))
async def change_thing(thing_id: str, thing: ThingIn, expected: IfMatch, _: MayWrite) -> ThingOut:
    refuse_stale(expected, 3)
    return ThingOut(id=thing_id, created=False)


def runtime_in(folder: Path, tokens: Tokens) -> Runtime:
    url = f"sqlite:///{folder}/things.db"
    create_tables(url, METADATA)
    return Runtime(
        name="customer",
        settings=Settings(data=folder, master_key="00112233445566778899aabbccddeeff" * 2),
        db=Database(url, service="customer"),
        bus=open_bus(f"sqlite:///{folder}/bus.db"),
        tokens=tokens,
    )


@asynccontextmanager
async def client_of(app: FastAPI, token: str = "") -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://things", headers=headers) as client:
        yield client
