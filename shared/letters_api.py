"""Dead letters over HTTP: what was set aside and why, and a second try once the cause is mended."""

from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, Field
from sqlalchemy import select

from shared.deadletters import Letter, letters, show
from shared.logs import described
from shared.principal import Principal
from shared.problems import Problem, conflict
from shared.runtime import Runtime
from shared.trouble import may_pass
from shared.types import Utc
from shared.web import Db, Order, Page, Paging, Router, allowed, errors

MayRead = Annotated[Principal, allowed("dead-letters:read")]
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
    where: str = Field(description="topic/partition/offset", examples=["customer-contacts/0/4711"])
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


def letters_router() -> Router:
    router = Router(prefix="/v1/dead-letters", tags=["dead letters"])
    router.get("")(list_dead_letters)
    router.get("/{letter_id}")(show_dead_letter)
    router.post("/{letter_id}/replay", responses=errors(409))(replay_dead_letter)
    return router


async def list_dead_letters(db: Db, _: MayRead, asked: Annotated[Paging, ORDER.asked()]) -> Page[LetterOut]:
    """Those that nobody has replayed yet, oldest first."""
    unplayed = select(*COLUMNS).where(letters.c.replayed_at.is_(None))
    return await db.read(lambda session: asked.page(session, unplayed, LetterOut.of_row))


async def show_dead_letter(letter_id: str, db: Db, _: MayRead) -> LetterOut:
    return LetterOut.of(await db.read(show, letter_id))


async def replay_dead_letter(letter_id: str, request: Request, _: MayReplay) -> LetterOut:
    """Handle it once more. What its handlers did already is not done again; 409 where they fail again."""
    return await replayed(request.app.state.runtime, letter_id)


async def replayed(runtime: Runtime, letter_id: str) -> LetterOut:
    """The letter after its replay. Raises Problem 409 that says what it failed with: the cause is not mended yet."""
    try:
        await runtime.inbox.replay(letter_id)
    except Exception as error:
        if isinstance(error, Problem) or may_pass(error):
            raise
        raise conflict(f"It failed again with {described(error)}: mend the cause, then replay it.") from error
    return LetterOut.of(await runtime.db.read(show, letter_id))
