"""What we are compared with: the same address as it is usually written, a SQLModel session for each request.

One row for the lead, one for the fact, one commit, in the event loop. It checks the shape of what is sent, and that is
all: it does not clean, find the person again, encrypt, or remember consent and history as ours does. Its database is
set to be as durable as ours.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from pydantic import BaseModel, EmailStr
from sqlalchemy import JSON, Column, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, create_engine

tables = registry()


class Table(SQLModel, registry=tables):
    pass


class Lead(Table, table=True):
    __tablename__ = "hand_leads"
    id: str = Field(primary_key=True, default_factory=lambda: str(uuid4()))
    source: str
    email: EmailStr = Field(unique=True)
    name: str
    company: str
    industry: str
    job_title: str
    phone: str
    country: str
    consent: list[Any] = Field(sa_column=Column(JSON))
    utm: dict[str, Any] = Field(sa_column=Column(JSON))
    recorded_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class OutboxRow(Table, table=True):
    __tablename__ = "hand_outbox"
    id: int | None = Field(primary_key=True, default=None)
    type: str
    key: str
    data: str
    recorded_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class LeadSent(BaseModel):
    source: str
    email: EmailStr
    name: str
    company: str
    industry: str
    job_title: str
    phone: str
    country: str
    consent: list[dict[str, str]]
    utm: dict[str, str]


class LeadStored(BaseModel):
    id: str


def app(address: str) -> FastAPI:
    url = make_url(address)
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _durable)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tables.metadata.create_all(engine)
        yield
        engine.dispose()

    made = FastAPI(lifespan=lifespan)

    @made.get("/livez")
    async def alive() -> str:
        return "ok"

    @made.post("/v1/leads", status_code=201)
    async def capture(sent: LeadSent) -> LeadStored:
        with Session(engine) as session:
            lead = Lead.model_validate(sent.model_dump())
            session.add(lead)
            session.add(OutboxRow(type="lead.captured", key=lead.id, data=lead.model_dump_json(exclude={"email"})))
            session.commit()
            return LeadStored(id=lead.id)

    return made


def _durable(raw: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        raw.execute(f"PRAGMA {pragma}").close()
