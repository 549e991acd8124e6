"""What is advised for campaigns: another daily budget, at most one open suggestion for each, for a week."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import select

from services.analytics_svc.advice.budgets import SPAN, Bought, Suggested, suggest
from services.analytics_svc.advice.models import suggestions, watched_channels
from services.analytics_svc.channels.days import CampaignDay, campaign_days, channel_days, earlier, is_complete
from shared.contracts.analytics import BudgetSuggested
from shared.database import Tx
from shared.database.sql import insert_all
from shared.events import Event
from shared.ids import new_id

OPEN = timedelta(days=7)

Row = dict[str, Any]


def review(tx: Tx, newest: Mapping[str, date], causes: Mapping[str, Event]) -> None:
    """`newest` is, for each series, the newest day of its channel. Who calls holds these channels."""
    still_open = select(suggestions.c.series).where(
        suggestions.c.series.in_(list(newest)), suggestions.c.expires_at > tx.now
    )
    advised = set(tx.session.execute(still_open).scalars())
    rows = []
    for days, suggested in _suggested(tx, {one: day for one, day in newest.items() if one not in advised}):
        if days[0].series not in advised:  # a campaign with two currencies has one open suggestion as well
            advised.add(days[0].series)
            rows.append(_row(tx, days, suggested))
            tx.emit(_fact(rows[-1], suggested), cause=causes[days[0].series])
    insert_all(tx.session, suggestions, rows)


def _suggested(tx: Tx, newest: Mapping[str, date]) -> Iterator[tuple[Sequence[CampaignDay], Suggested]]:
    in_order = sorted(newest, key=lambda series: (newest[series], series))
    for day, group in groupby(in_order, key=lambda series: newest[series]):
        everyone = _everyone(tx, day)
        days = campaign_days(tx.session, list(group), earlier(day, SPAN), day)
        for (_, currency), found in groupby(days, key=lambda one: (one.series, one.currency)):
            complete = [one for one in found if is_complete(one)]
            if currency and complete:
                suggested = suggest(complete, everyone[currency], day, currency)
                if suggested:
                    yield complete, suggested


def _everyone(tx: Tx, day: date) -> dict[str, Bought]:
    """What all campaigns of all channels bought in the same days, by currency. Channels are few."""
    channels = list(tx.session.execute(select(watched_channels.c.channel)).scalars())
    days = channel_days(tx.session, channels, earlier(day, SPAN), day)
    by_currency: dict[str, list[CampaignDay]] = {}
    for one in days:
        by_currency.setdefault(one.currency or "", []).append(one)
    return {currency: Bought.by(found, day) for currency, found in by_currency.items()}


def _row(tx: Tx, days: Sequence[CampaignDay], suggested: Suggested) -> Row:
    newest = days[-1]
    return {
        "id": new_id("adv"),
        "series": newest.series,
        "channel": newest.channel,
        "campaign": newest.campaign,
        "currency": suggested.daily_budget.currency,
        "current_daily_spend": suggested.current_daily_spend.amount,
        "daily_budget": suggested.daily_budget.amount,
        "reason": suggested.reason,
        "based_on": {name: f"{value.normalize():f}" for name, value in suggested.based_on.items()},
        "as_of": _as_of(days),
        "created_at": tx.now,
        "expires_at": tx.now + OPEN,
    }


def _as_of(days: Iterable[CampaignDay]) -> Any:
    return max(day.as_of for day in days)


def _fact(row: Row, suggested: Suggested) -> BudgetSuggested:
    shared = {name: row[name] for name in BudgetSuggested.data_fields() if name in row}
    money = {"current_daily_spend": suggested.current_daily_spend, "daily_budget": suggested.daily_budget}
    return BudgetSuggested(suggestion_id=row["id"], sequence=1, occurred_at=row["as_of"], **shared | money)
