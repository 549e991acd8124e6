"""The points in force, in versions: a change holds from the next lead on, scores keep the version they were made by."""

from typing import Any

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from services.analytics_svc.scoring.models import PointsIn, PointsOut, PointsVersion
from services.analytics_svc.scoring.points import Points
from services.analytics_svc.scoring.standard import STANDARD
from shared.database import Tx
from shared.database.sql import insert_new, table_of
from shared.problems import not_found
from shared.web import found_or_404, refuse_stale

versions = table_of(PointsVersion)
_NEWEST = select_columns(versions.c.version, versions.c.points).order_by(versions.c.version.desc()).limit(1)


def seed(tx: Tx) -> None:
    """The points that a new system has; nothing where there are some already."""
    _store(tx, STANDARD, 1)


def in_force(session: Session) -> PointsVersion:
    """Raises Problem 404 in a system that was never seeded."""
    found = session.exec(select(PointsVersion).order_by(col(PointsVersion.version).desc()).limit(1)).first()
    if found is None:
        raise not_found("version of the points")
    return found


def newest(session: Session) -> tuple[int, dict[str, Any]]:
    """The number of the version in force and its points: what every batch of leads needs, without an object around it.

    Raises Problem 404 in a system that was never seeded.
    """
    found = session.execute(_NEWEST).first()
    if found is None:
        raise not_found("version of the points")
    return found.version, found.points


def current(session: Session) -> PointsOut:
    return PointsOut.of(in_force(session))


def version(session: Session, number: int) -> PointsOut:
    return PointsOut.of(found_or_404(session, PointsVersion, number, "version of the points"))


def change(tx: Tx, wanted: PointsIn, expected: int) -> PointsOut:
    """Raises Problem 412, 428. The insert decides between two at once."""
    before = in_force(tx.session)
    refuse_stale(expected, before.version)
    if not _store(tx, wanted, before.version + 1):
        refuse_stale(expected, before.version + 1)
    return current(tx.session)


def _store(tx: Tx, points: Points, number: int) -> bool:
    row = {
        "version": number,
        "points": points.model_dump(mode="json", by_alias=True),
        "created_at": tx.now,
        "created_by": tx.by.subject,
    }
    return bool(insert_new(tx.session, PointsVersion, [row], returning="version"))
