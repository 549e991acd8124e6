"""Scores over HTTP, with what they are made of; and the points, which a person may change while leads come in."""

from typing import Annotated

from fastapi import Path, Response
from sqlmodel import Session, col, select

from services.analytics_svc.scoring import ledger
from services.analytics_svc.scoring.models import (
    PointsIn,
    PointsOut,
    ScoredObservation,
    ScoredObservationOut,
    ScoreOut,
    StoredScore,
)
from services.analytics_svc.scoring.points import refuse_unknown_fields
from shared.contracts.analytics import Grade
from shared.principal import Principal
from shared.types import Text
from shared.web import Db, IfMatch, Order, Page, Paging, Router, allowed, found_or_404, tagged

router = Router()

Version = Annotated[int, Path(ge=1, le=2**31 - 1)]
MayReadScores = Annotated[Principal, allowed("scores:read")]
MayReadPoints = Annotated[Principal, allowed("scoring:read")]
MayWritePoints = Annotated[Principal, allowed("scoring:write")]

NO_SCORE = "score; a contact has one as soon as a lead of theirs was analysed"

BY_SCORE = Order(
    {"score": col(StoredScore.score), "scored_at": col(StoredScore.scored_at)},
    default="-score",
    tie=col(StoredScore.contact_id),
)
BY_VERSION = Order(
    {"version": col(ScoredObservation.version)}, default="-version", tie=col(ScoredObservation.observation_id)
)


@router.get("/v1/scoring/points", tags=["scoring"])
async def read_points(db: Db, by: MayReadPoints, response: Response) -> PointsOut:
    """The points in force."""
    return tagged(response, await db.read(ledger.current))


@router.put("/v1/scoring/points", tags=["scoring"])
async def change_points(
    wanted: PointsIn, db: Db, by: MayWritePoints, expected: IfMatch, response: Response
) -> PointsOut:
    """The next lead is scored by these. Scores that were made keep theirs, and the version that they name."""
    refuse_unknown_fields(wanted)
    return tagged(response, await db.write(ledger.change, wanted, expected, by=by, lane="points"))


@router.get("/v1/scoring/points/versions/{version}", tags=["scoring"])
async def read_points_version(version: Version, db: Db, by: MayReadPoints) -> PointsOut:
    """A version as leads were scored by it, also when there are newer ones."""
    return await db.read(ledger.version, version)


@router.get("/v1/scores", tags=["scores"])
async def list_scores(
    db: Db, by: MayReadScores, asked: Annotated[Paging, BY_SCORE.asked()], grade: Grade | None = None
) -> Page[ScoreOut]:
    """The newest score of each contact."""
    query = select(StoredScore)
    if grade is not None:
        query = query.where(col(StoredScore.grade) == grade)
    return await db.read(asked.page, query, ScoreOut.of)


@router.get("/v1/scores/{contact_id}", tags=["scores"])
async def read_score(contact_id: Text, db: Db, by: MayReadScores) -> ScoreOut:
    """The score that holds now, and what each reason adds to it or takes from it.

    Made at the last observation: what was edited by hand since, or withdrawn, counts from the next lead on.
    """
    return await db.read(_score, contact_id)


@router.get("/v1/scores/{contact_id}/history", tags=["scores"])
async def list_score_history(
    contact_id: Text, db: Db, by: MayReadScores, asked: Annotated[Paging, BY_VERSION.asked()]
) -> Page[ScoredObservationOut]:
    """One entry for each observation, the newest first."""
    return await db.read(_history, contact_id, asked)


def _score(session: Session, contact_id: str) -> ScoreOut:
    return ScoreOut.of(found_or_404(session, StoredScore, contact_id, NO_SCORE))


def _history(session: Session, contact_id: str, asked: Paging) -> Page[ScoredObservationOut]:
    _score(session, contact_id)
    query = select(ScoredObservation).where(col(ScoredObservation.contact_id) == contact_id)
    return asked.page(session, query, ScoredObservationOut.of)
