"""Journeys and decisions over HTTP: what should follow when, what was decided, and why."""

from typing import Annotated

from fastapi import Response
from sqlmodel import Session, col, select

from services.campaign_svc.journeys import catalog
from services.campaign_svc.journeys.checks import refuse_unfit
from services.campaign_svc.journeys.definitions import Definition
from services.campaign_svc.journeys.models import Decision, Journey, JourneyVersion
from services.campaign_svc.journeys.shapes import DecisionOut, JourneyChange, JourneyOut, TryIn, TryOut
from services.campaign_svc.journeys.trying import tried
from shared.principal import Principal
from shared.types import Text, Utc
from shared.web import Db, IdempotencyKey, IfMatch, Order, Page, Paging, Router, allowed, errors, found_or_404, tagged

router = Router()

MayRead = Annotated[Principal, allowed("journeys:read")]
MayWrite = Annotated[Principal, allowed("journeys:write")]
MayReadDecisions = Annotated[Principal, allowed("decisions:read")]

BY_NAME = Order({"name": col(Journey.name), "updated_at": col(Journey.updated_at)}, default="name", tie=col(Journey.id))
BY_VERSION = Order({"version": col(JourneyVersion.version)}, default="-version", tie=col(JourneyVersion.journey_id))
BY_TIME = Order({"decided_at": col(Decision.decided_at)}, default="-decided_at", tie=col(Decision.id))


@router.get("/v1/journeys", tags=["journeys"])
async def list_journeys(
    db: Db, by: MayRead, asked: Annotated[Paging, BY_NAME.asked()], on: bool | None = None
) -> Page[JourneyOut]:
    """Journeys, each in its newest version."""
    query = catalog.newest()
    if on is not None:
        query = query.where(col(Journey.on).is_(on))
    return await db.read(asked.page, query, JourneyOut.of)


@router.post("/v1/journeys", status_code=201, tags=["journeys"], responses=errors(409))
async def create_journey(
    wanted: Definition, db: Db, by: MayWrite, once: IdempotencyKey, response: Response
) -> JourneyOut:
    """It decides about the next fact, unless it is made with `on: false`."""
    refuse_unfit(wanted)
    journey = await db.write(catalog.create, wanted, by=by, once=once)
    response.headers["Location"] = f"/v1/journeys/{journey.id}"
    return tagged(response, journey)


@router.get("/v1/journeys/{journey_id}", tags=["journeys"])
async def read_journey(journey_id: Text, db: Db, by: MayRead, response: Response) -> JourneyOut:
    """The newest version of a journey."""
    return tagged(response, await db.read(catalog.read, journey_id))


@router.put("/v1/journeys/{journey_id}", tags=["journeys"], responses=errors(409))
async def change_journey(
    journey_id: Text, wanted: JourneyChange, db: Db, by: MayWrite, expected: IfMatch, response: Response
) -> JourneyOut:
    """Makes a new version. What an action served once, it does not serve again, whatever is changed but its name.
    Without `on` a journey that is off stays off.
    """
    refuse_unfit(wanted)
    return tagged(response, await db.write(catalog.change, journey_id, wanted, expected, by=by, lane=journey_id))


@router.get("/v1/journeys/{journey_id}/versions", tags=["journeys"])
async def list_journey_versions(
    journey_id: Text, db: Db, by: MayRead, asked: Annotated[Paging, BY_VERSION.asked()]
) -> Page[JourneyOut]:
    """Every version there was, the newest first."""
    await db.read(catalog.read, journey_id)
    return await db.read(asked.page, catalog.versions().where(col(Journey.id) == journey_id), JourneyOut.of)


@router.post("/v1/journeys/{journey_id}/try", tags=["journeys"])
async def try_journey(journey_id: Text, wanted: TryIn, db: Db, by: MayRead) -> TryOut:
    """What it would decide on the newest facts known here. Nothing is done, nothing is recorded."""
    return await db.read(tried, journey_id, wanted.subject)


@router.get("/v1/decisions", tags=["decisions"])
async def list_decisions(
    db: Db,
    by: MayReadDecisions,
    asked: Annotated[Paging, BY_TIME.asked()],
    contact: Text | None = None,
    about: Text | None = None,
    journey: Text | None = None,
    acted: bool | None = None,
    since: Utc | None = None,
) -> Page[DecisionOut]:
    """To act, and not to act. `about` is a contact, an ad campaign such as `search/brand`, or a channel; `since` counts
    from `decided_at`.
    """
    wanted = {Decision.about: about, Decision.journey_id: journey, Decision.acted: acted}
    query = select(Decision).where(*(col(column) == value for column, value in wanted.items() if value is not None))
    if contact is not None:  # by `about`, which has the index
        query = query.where(col(Decision.about) == contact, col(Decision.contact_id) == contact)
    if since is not None:
        query = query.where(col(Decision.decided_at) >= since)
    return await db.read(asked.page, query, DecisionOut.of)


@router.get("/v1/decisions/{decision_id}", tags=["decisions"])
async def read_decision(decision_id: Text, db: Db, by: MayReadDecisions) -> DecisionOut:
    """Each condition with what it found, and what was therefore done, or not."""
    return await db.read(_decision, decision_id)


def _decision(session: Session, decision_id: str) -> DecisionOut:
    return DecisionOut.of(found_or_404(session, Decision, decision_id, "decision"))
