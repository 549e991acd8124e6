"""Channels that new figures touch, held until the transaction ends, and their newest days."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import bindparam, select, update

from services.analytics_svc.advice.models import watched_channels
from services.analytics_svc.anomalies.judging import has_come, is_fresh
from services.analytics_svc.channels.days import is_complete
from shared.contracts.campaign import AdMetricReported
from shared.database import Tx
from shared.database.sql import insert_new


def fresh(events: Iterable[AdMetricReported]) -> list[AdMetricReported]:
    """Days that were over when they were reported, and not yet history: only these lead to advice."""
    return [event for event in events if has_come(event) and is_complete(event) and is_fresh(event)]


def hold(tx: Tx, events: Sequence[AdMetricReported]) -> dict[str, date]:
    """The newest day of each channel. In their order, so that two workers cannot lock each other out."""
    newest: dict[str, date] = {}
    for event in events:
        newest[event.channel] = max(newest.get(event.channel, event.day), event.day)
    rows = [{"channel": channel, "newest_day": newest[channel]} for channel in sorted(newest)]
    insert_new(tx.session, watched_channels, rows, returning="channel")
    held = select(watched_channels).where(watched_channels.c.channel.in_(newest)).order_by(watched_channels.c.channel)
    stored = {row.channel: row.newest_day for row in tx.session.execute(held.with_for_update())}
    _move(tx, {channel: day for channel, day in newest.items() if day > stored[channel]})
    return {channel: max(day, stored[channel]) for channel, day in newest.items()}


def _move(tx: Tx, later: Mapping[str, date]) -> None:
    if later:
        change = update(watched_channels).where(watched_channels.c.channel == bindparam("held"))
        rows = [{"held": channel, "day": later[channel]} for channel in sorted(later)]
        tx.session.connection().execute(change.values(newest_day=bindparam("day")), rows)
