"""Actions over HTTP: what was planned for whom, what came of it, and a person's word about what is unknown."""

from datetime import datetime
from typing import Annotated, get_args

from fastapi import Response
from sqlalchemy import func
from sqlmodel import Session, col, select

from services.campaign_svc.delivery.models import TASKS, Action, ActionOut, ActionSummary, ResolutionIn, State
from services.campaign_svc.delivery.outcomes import resolve
from shared.database.tables import KERNEL
from shared.principal import Principal
from shared.types import Text, Utc
from shared.web import Db, IdempotencyKey, MayMatch, Order, Page, Paging, Router, allowed, errors, found_or_404, tagged

due_work = KERNEL.due_work

router = Router(prefix="/v1/actions", tags=["actions"])

MayRead = Annotated[Principal, allowed("actions:read")]
MayResolve = Annotated[Principal, allowed("actions:resolve")]

ORDER = Order({"planned_at": col(Action.planned_at)}, default="-planned_at", tie=col(Action.id))


@router.get("")
async def list_actions(
    db: Db,
    by: MayRead,
    asked: Annotated[Paging, ORDER.asked()],
    contact: Text | None = None,
    about: Text | None = None,
    journey: Text | None = None,
    state: State | None = None,
    since: Utc | None = None,
) -> Page[ActionOut]:
    """`about` is a contact, an ad campaign such as `search/brand`, or a channel; `since` is about `planned_at`."""
    wanted = {Action.about: about, Action.journey_id: journey, Action.state: state}
    query = select(Action).where(*(col(column) == value for column, value in wanted.items() if value is not None))
    if contact is not None:  # by `about`, which has the index
        query = query.where(col(Action.about) == contact, col(Action.contact_id) == contact)
    if since is not None:
        query = query.where(col(Action.planned_at) >= since)
    return await db.read(asked.page, query, ActionOut.of)


@router.get("/summary")
async def summarise_actions(db: Db, by: MayRead, journey: Text | None = None) -> ActionSummary:
    """Counted by one statement: planned = waiting + sent + done + withheld + failed + unknown."""
    return await db.read(_summary, journey, db.clock())


@router.get("/{action_id}")
async def read_action(action_id: Text, db: Db, by: MayRead, response: Response) -> ActionOut:
    """What was planned for whom, and what came of it."""
    return tagged(response, await db.read(_action, action_id))


@router.post("/{action_id}/resolve", responses=errors(409))
async def resolve_action(
    action_id: Text,
    resolution: ResolutionIn,
    db: Db,
    by: MayResolve,
    expected: MayMatch,
    once: IdempotencyKey,
    response: Response,
) -> ActionOut:
    """Say what became of an action whose outcome is unknown. Who said it, and when, is kept."""
    return tagged(response, await db.write(resolve, action_id, resolution, expected, by=by, lane=action_id, once=once))


def _action(session: Session, action_id: str) -> ActionOut:
    action = found_or_404(session, Action, action_id, "action")
    shown = ActionOut.of(action)
    return shown.model_copy(update={"detail": _waits_for(session, action_id)}) if shown.state == "waiting" else shown


def _waits_for(session: Session, action_id: str) -> str | None:
    """What the last try came to, in the row of its due work."""
    query = select(due_work.c.detail).where(due_work.c.task.in_(set(TASKS.values())), due_work.c.key == action_id)
    return session.execute(query).scalar() or None


def _summary(session: Session, journey: str | None, now: datetime) -> ActionSummary:
    query = select(Action.state, func.count()).group_by(Action.state)
    if journey is not None:
        query = query.where(col(Action.journey_id) == journey)
    counts = dict.fromkeys(get_args(State), 0) | dict(session.exec(query).all())
    return ActionSummary(planned=sum(counts.values()), as_of=now, **counts)
