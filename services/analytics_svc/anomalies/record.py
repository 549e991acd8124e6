"""What is known of anomalies, and what is stated when that changes: one begins, grows, turns, or is taken back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from services.analytics_svc.anomalies.expectation import Expected
from services.analytics_svc.anomalies.judging import Judged, is_fresh
from services.analytics_svc.anomalies.measures import KINDS, rounded
from services.analytics_svc.anomalies.models import anomalies
from shared.contracts.analytics import AnomalyDetected
from shared.database import Tx
from shared.database.sql import insert_all
from shared.decimals import WIDE, plain
from shared.events import Event
from shared.ids import new_id
from shared.money import written

REFRESHED = ("actual", "expected", "low", "high", "direction", "severity", "reason", "standing", "version", "as_of")
STATED = ("direction", "severity", "standing")

Row = dict[str, Any]
Key = tuple[str, str, str, Any]


def keep(tx: Tx, found: Sequence[Judged], causes: Mapping[str, Event]) -> None:
    """Raise, change or take back. Who calls holds the series, so that what is read here stays true."""
    known = _known(tx.session, found)
    new: list[Row] = []
    changed: list[Row] = []
    for one in sorted(found, key=_key):
        before = known.get(_key(one))
        row = _row(tx, one, before)
        if row is None or (before and all(row[name] == before[name] for name in REFRESHED)):
            continue
        (changed if before else new).append(row)
        if before is None or row["version"] > before["version"]:
            tx.emit(_fact(row), cause=causes[row["series"]])
    insert_all(tx.session, anomalies, new)
    _update(tx, changed)


def _known(session: Session, found: Iterable[Judged]) -> dict[Key, Row]:
    pairs = {(one.day.series, one.day.day) for one in found}
    query = select(anomalies).where(
        anomalies.c.series.in_({series for series, _ in pairs}), anomalies.c.day.in_({day for _, day in pairs})
    )
    rows = [dict(row) for row in session.execute(query).mappings()]
    return {(row["series"], row["currency"], row["measure"], row["day"]): row for row in rows}


def _key(one: Judged) -> Key:
    return one.day.series, one.day.currency or "", one.measure, one.day.day


def _row(tx: Tx, one: Judged, before: Row | None) -> Row | None:
    """As it is to be kept; None where there is nothing to keep. The version grows with what is stated."""
    if not isinstance(one.expected, Expected) or (before is None and not _begins(one)):
        return None
    first = {
        "id": new_id("ano"),
        "version": 0,
        "detected_at": tx.now,
        "direction": "",
        "severity": "",
        "standing": False,
    }
    row: Row = dict(before or first) | _figures(one, one.expected)
    if one.verdict:
        row |= {"direction": one.verdict.direction, "severity": one.verdict.severity}
    if any(row[name] != (before or first)[name] for name in STATED):
        row["version"] += 1
    return row | {"changed_at": tx.now}


def _begins(one: Judged) -> bool:
    return one.verdict is not None and is_fresh(one.day)


def _figures(one: Judged, expected: Expected) -> Row:
    return {
        "series": one.day.series,
        "channel": one.day.channel,
        "campaign": one.day.campaign,
        "currency": one.day.currency or "",
        "measure": one.measure,
        "day": one.day.day,
        "actual": exact(one),
        "expected": plain(rounded(expected.value)),
        "low": plain(rounded(expected.low)),
        "high": plain(rounded(expected.high)),
        "reason": one.reason,
        "standing": one.verdict is not None,
        "as_of": one.day.as_of,
    }


def exact(one: Judged) -> str:
    """What came, as it is written: money with the decimals of its currency at least, be it more than money may be."""
    if KINDS[one.measure].unit == "money" and one.day.currency:
        return written(int(WIDE.scaleb(one.actual, 9)), one.day.currency)
    return plain(one.actual)


def _update(tx: Tx, rows: Sequence[Row]) -> None:
    if rows:
        names = (*REFRESHED, "changed_at")
        change = (
            update(anomalies).where(anomalies.c.id == bindparam("of")).values({n: bindparam(f"_{n}") for n in names})
        )
        values = [{"of": row["id"]} | {f"_{name}": row[name] for name in names} for row in rows]
        tx.session.connection().execute(change, values)


def _fact(row: Row) -> AnomalyDetected:
    shared = {name: row[name] for name in AnomalyDetected.data_fields() if name in row}
    return AnomalyDetected(
        anomaly_id=row["id"],
        sequence=row["version"],
        occurred_at=row["as_of"],
        **shared | {"currency": row["currency"] or None},
    )
