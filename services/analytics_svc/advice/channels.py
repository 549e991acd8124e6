"""What is said of channels: a ratio changed, once, until it changes back or turns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import select, update

from services.analytics_svc.advice.comparing import AFTER, BEFORE, RATIOS, Compared, compare, reason
from services.analytics_svc.advice.models import changes
from services.analytics_svc.channels.days import CampaignDay, channel_days, earlier, is_complete
from shared.contracts.analytics import ChannelPerformanceChanged, Measure
from shared.database import Tx
from shared.database.sql import insert_all
from shared.events import Event
from shared.ids import new_id

Row = dict[str, Any]
Key = tuple[str, str, Measure]


def review(tx: Tx, newest: Mapping[str, date], causes: Mapping[str, Event]) -> None:
    """Who calls holds the channels."""
    standing = _standing(tx, newest)
    new: list[Row] = []
    ended: list[str] = []
    for key, days, compared in _compared(tx, newest):
        before = standing.get(key)
        if before and not compared.still(before["direction"]):
            ended.append(before["id"])
        if compared.changed and (before is None or before["direction"] != compared.direction):
            new.append(_row(tx, key, days, compared))
            tx.emit(_fact(new[-1], days), cause=causes[key[0]])
    if ended:
        tx.session.execute(update(changes).where(changes.c.id.in_(ended)).values(ended_at=tx.now))
    insert_all(tx.session, changes, new)


def _standing(tx: Tx, channels: Iterable[str]) -> dict[Key, Row]:
    query = select(changes).where(changes.c.channel.in_(list(channels)), changes.c.ended_at.is_(None))
    rows = [dict(row) for row in tx.session.execute(query).mappings()]
    return {(row["channel"], row["currency"], row["measure"]): row for row in rows}


def _compared(tx: Tx, newest: Mapping[str, date]) -> Iterator[tuple[Key, Sequence[CampaignDay], Compared]]:
    """The complete days of each channel and currency up to its newest, measure by measure."""
    in_order = sorted(newest, key=lambda channel: (newest[channel], channel))
    for day, group in groupby(in_order, key=lambda channel: newest[channel]):
        days = channel_days(tx.session, list(group), earlier(day, AFTER + BEFORE), day)
        for (channel, currency), found in groupby(days, key=lambda one: (one.channel, one.currency or "")):
            complete = [one for one in found if is_complete(one)]
            for measure in RATIOS if complete else ():
                if (compared := compare(complete, measure, complete[-1].day)) is not None:
                    yield (channel, currency, measure), complete, compared


def _row(tx: Tx, key: Key, days: Sequence[CampaignDay], compared: Compared) -> Row:
    channel, currency, measure = key
    return {
        "id": new_id("chg"),
        "channel": channel,
        "currency": currency,
        "measure": measure,
        "day": days[-1].day,
        "before": f"{compared.before.normalize():f}",
        "after": f"{compared.after.normalize():f}",
        "change": f"{compared.change.normalize():f}",
        "direction": compared.direction,
        "reason": reason(measure, compared, currency or None),
        "as_of": max(day.as_of for day in days),
        "detected_at": tx.now,
        "ended_at": None,
    }


def _fact(row: Row, days: Sequence[CampaignDay]) -> ChannelPerformanceChanged:
    week = [day for day in days if day.day > earlier(row["day"], AFTER)]
    shared = {name: row[name] for name in ChannelPerformanceChanged.data_fields() if name in row}
    return ChannelPerformanceChanged(
        change_id=row["id"],
        sequence=1,
        occurred_at=row["as_of"],
        impressions=_sum([day.impressions for day in week]),
        clicks=_sum([day.clicks for day in week]),
        **shared | {"currency": row["currency"] or None},
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
