"""Which days are judged when figures of some days came: few, however long the history, and the same in any order.

The newest 14 days of a series that any of its figures may change are judged anew: a day's verdict comes from the days
before it, so this makes it independent of the order in which they arrived. Of older days only what stands is judged
again, and can only be taken back. So no import of an old year raises an alarm about it.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import bindparam, or_, select, update
from sqlmodel import Session

from services.analytics_svc.anomalies.judging import PAST, Judged, has_come, is_fresh, judged
from services.analytics_svc.anomalies.measures import TESTED
from services.analytics_svc.anomalies.models import anomalies, watched
from services.analytics_svc.channels.days import CampaignDay, campaign_days, earlier
from shared.contracts.campaign import AdMetricReported
from shared.database import Tx
from shared.database.sql import insert_new

NEWEST = timedelta(days=14)
BEFORE = PAST + timedelta(days=7)
"""What is read before a day: its past, and room for the reading before it."""

Touched = Mapping[str, frozenset[date]]
Days = Mapping[str, set[date]]


def touched_days(events: Iterable[AdMetricReported]) -> dict[str, frozenset[date]]:
    """By series, in its order. A day that is yet to come is nobody's newest day, whatever `as_of` says."""
    days = sorted({(event.series, event.day) for event in events if has_come(event)})
    return {series: frozenset(day for _, day in found) for series, found in groupby(days, key=lambda pair: pair[0])}


def judgements(tx: Tx, touched: Touched) -> Iterator[Judged]:
    """The series are held, in their order, until the transaction ends: what others wrote of them is read then."""
    newest = _newest(tx, touched)
    standing = _standing(tx.session, touched, newest)
    yield from _of_newest(tx.session, touched, newest, standing)
    yield from _of_older(tx.session, touched, newest, standing)


def _newest(tx: Tx, touched: Touched) -> dict[str, date]:
    fresh = {series: max(days) for series, days in touched.items()}
    rows = [{"series": series, "newest_day": day} for series, day in fresh.items()]
    insert_new(tx.session, watched, rows, returning="series")
    held = select(watched).where(watched.c.series.in_(fresh)).order_by(watched.c.series).with_for_update()
    stored = {row.series: row.newest_day for row in tx.session.execute(held)}
    later = [{"held": series, "day": day} for series, day in fresh.items() if day > stored[series]]
    if later:
        move = update(watched).where(watched.c.series == bindparam("held")).values(newest_day=bindparam("day"))
        tx.session.connection().execute(move, later)
    return {series: max(day, stored[series]) for series, day in fresh.items()}


def _standing(session: Session, touched: Touched, newest: Mapping[str, date]) -> dict[str, set[date]]:
    """The days of these series of which something stands, as far as they can be meant."""
    days = set().union(*touched.values())
    query = select(anomalies.c.series, anomalies.c.day).where(
        anomalies.c.standing,
        anomalies.c.series.in_(touched),
        or_(anomalies.c.day.in_(days), anomalies.c.day > earlier(min(newest.values()), NEWEST)),
    )
    found: dict[str, set[date]] = {series: set() for series in touched}
    for series, day in session.execute(query):
        found[series].add(day)
    return found


def _of_newest(session: Session, touched: Touched, newest: Mapping[str, date], standing: Days) -> Iterator[Judged]:
    """One read for all series with the same newest day, which is all of them on a usual day."""
    for day, group in groupby(sorted(newest, key=lambda series: newest[series]), key=lambda series: newest[series]):
        oldest = earlier(day, NEWEST - timedelta(days=1))
        changed = {
            series: max(min(touched[series]), oldest)
            for series in group
            if max(touched[series]) >= earlier(oldest, PAST)
        }
        if changed:
            days = campaign_days(session, sorted(changed), earlier(min(changed.values()), BEFORE), day)
            meant = {
                (one.series, one.day) for one in days if one.day >= changed[one.series] and _matters(one, standing)
            }
            yield from _judged(days, meant)


def _of_older(session: Session, touched: Touched, newest: Mapping[str, date], standing: Days) -> Iterator[Judged]:
    """Days too old to raise an alarm, of which one stands."""
    older = {
        (day, series) for series, days in touched.items() for day in days if day <= earlier(newest[series], NEWEST)
    }
    again = sorted((day, series) for day, series in older if day in standing[series])
    for day, pairs in groupby(again, key=lambda pair: pair[0]):
        names = [series for _, series in pairs]
        yield from _judged(campaign_days(session, names, earlier(day, BEFORE), day), {(name, day) for name in names})


def _matters(one: CampaignDay, standing: Days) -> bool:
    return is_fresh(one) or one.day in standing[one.series]


def _judged(days: Iterable[CampaignDay], meant: Set[tuple[str, date]]) -> Iterator[Judged]:
    """Each series and currency by itself."""
    for (series, _), group in groupby(days, key=lambda day: (day.series, day.currency)):
        found = list(group)
        wanted = {day.day for day in found if (series, day.day) in meant}
        for measure in TESTED if wanted else ():
            yield from judged(found, measure, wanted)
