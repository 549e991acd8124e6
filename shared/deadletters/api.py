"""Dead letters over HTTP: what was set aside and why, what it said, and a second try once the cause is mended."""

import base64
from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, Field
from sqlalchemy import select

from shared.bus import Message
from shared.deadletters import Letter, letters, show
from shared.deadletters.sealed import LetterBox
from shared.events.envelope import Malformed
from shared.events.reader import Refused
from shared.principal import Principal
from shared.problems import Problem, conflict
from shared.runtime import Runtime
from shared.telemetry.logs import described, log
from shared.trouble import may_pass
from shared.types import Utc
from shared.vault.sealing import Tampered
from shared.web import Db, Order, Page, Paging, Router, allowed, errors

MayRead = Annotated[Principal, allowed("dead-letters:read")]
MayOpen = Annotated[Principal, allowed("dead-letters:open")]
MayReplay = Annotated[Principal, allowed("dead-letters:replay")]

COLUMNS = (
    letters.c.id,
    letters.c.event_id,
    letters.c.event_type,
    letters.c.topic,
    letters.c.where,
    letters.c.reason,
    letters.c.tries,
    letters.c.recorded_at,
    letters.c.replayed_at,
)
ORDER = Order({"recorded_at": letters.c.recorded_at}, default="recorded_at", tie=letters.c.id)


class LetterOut(BaseModel):
    """Where it stood and why it was set aside; not what it said, which may be anything."""

    id: str = Field(examples=["dlq_01jqv3m0x8e9x8s5b6v7c8d9e0"])
    event_id: str | None
    event_type: str | None = Field(examples=["lead.captured"])
    topic: str = Field(examples=["customer-contacts"])
    where: str = Field(
        description="topic/partition/offset/id of the event",
        examples=["customer-contacts/0/47/evt_1"],
    )
    reason: str = Field(examples=["KeyError at handlers.py:40 in on_lead_scored"])
    tries: int = Field(examples=[5])
    recorded_at: Utc
    replayed_at: Utc | None

    @classmethod
    def of_row(cls, *values: Any) -> "LetterOut":
        return cls(**{column.name: value for column, value in zip(COLUMNS, values, strict=True)})

    @classmethod
    def of(cls, letter: Letter) -> "LetterOut":
        names = [column.name for column in COLUMNS if column.name != "topic"]
        return cls(topic=letter.message.topic, **{name: getattr(letter, name) for name in names})


class LetterMessageOut(BaseModel):
    """What a dead letter said, opened where it was sealed. `value` is base64 where it is no UTF-8."""

    key: str = Field(examples=["con_01k9q3v7w8e5rtx2m4n6p8q0sa"])
    headers: dict[str, str] = Field(examples=[{"ce_type": "lead.submitted", "content-type": "application/json"}])
    value: str = Field(examples=['{"source": "website", "emial": "ada@example.com"}'])
    base64: bool = False

    @classmethod
    def of(cls, message: Message) -> "LetterMessageOut":
        try:
            return cls(key=message.key, headers=message.headers, value=message.value.decode())
        except UnicodeDecodeError:
            value = base64.b64encode(message.value).decode()
            return cls(key=message.key, headers=message.headers, value=value, base64=True)


def letters_router() -> Router:
    router = Router(prefix="/v1/dead-letters", tags=["dead letters"])
    router.get("")(list_dead_letters)
    router.get("/{letter_id}")(show_dead_letter)
    router.get("/{letter_id}/message", responses=errors(409))(open_dead_letter)
    router.post("/{letter_id}/replay", responses=errors(409))(replay_dead_letter)
    return router


async def list_dead_letters(db: Db, _: MayRead, asked: Annotated[Paging, ORDER.asked()]) -> Page[LetterOut]:
    """Those that nobody has replayed yet, oldest first."""
    unplayed = select(*COLUMNS).where(letters.c.replayed_at.is_(None))
    return await db.read(lambda session: asked.page(session, unplayed, LetterOut.of_row))


async def show_dead_letter(letter_id: str, db: Db, _: MayRead) -> LetterOut:
    """Where it stood, and why it was set aside."""
    return LetterOut.of(await db.read(show, letter_id))


async def open_dead_letter(letter_id: str, request: Request, by: MayOpen) -> LetterMessageOut:
    """What it said, which may be about a person: its key, headers and value. The log tells who opened it."""
    return await opened(request.app.state.runtime, letter_id, by)


async def replay_dead_letter(letter_id: str, request: Request, _: MayReplay) -> LetterOut:
    """Handle it once more. What its handlers did is not done again; 409 where they fail again, or it was replayed."""
    return await replayed(request.app.state.runtime, letter_id)


async def opened(runtime: Runtime, letter_id: str, by: Principal) -> LetterMessageOut:
    """Raises Problem 409 where it was sealed under another master key."""
    letter = await runtime.db.read(show, letter_id)
    try:
        message = LetterBox(runtime.settings.master).opened(letter)
    except Tampered as error:
        raise conflict("It was sealed under another master key, or changed since: it cannot be opened.") from error
    log().warning("dead letter opened", service=runtime.name, letter=letter.id, principal=by.subject)
    return LetterMessageOut.of(message)


async def replayed(runtime: Runtime, letter_id: str) -> LetterOut:
    """The letter after its replay. Raises Problem 409 that says what it failed with: the cause is not mended yet."""
    try:
        await runtime.replay(letter_id)
    except Exception as error:
        if isinstance(error, Problem) or may_pass(error):
            raise
        why = str(error) if isinstance(error, Malformed | Refused) else described(error)
        raise conflict(f"It failed again with {why}: mend the cause, then replay it.") from error
    return LetterOut.of(await runtime.db.read(show, letter_id))
