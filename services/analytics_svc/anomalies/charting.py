"""What a plot shows: the days of a series or a channel, each with the range that its past let expect."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlmodel import Session

from services.analytics_svc.anomalies.expectation import Expected
from services.analytics_svc.anomalies.judging import Judged, judged
from services.analytics_svc.anomalies.measures import KINDS
from services.analytics_svc.anomalies.models import watched
from services.analytics_svc.anomalies.plot import Plot, Point, svg
from services.analytics_svc.anomalies.watching import BEFORE
from services.analytics_svc.channels.days import CampaignDay, campaign_days, channel_days, earlier
from shared.contracts.analytics import Measure
from shared.problems import invalid_field

USUAL_DAYS, MOST_DAYS = 60, 400


@dataclass(frozen=True, slots=True)
class Asked:
    """A series, or a channel whole; `since` and `until` are both included."""

    series: str | None
    channel: str | None
    measure: Measure
    currency: str | None
    since: date | None
    until: date | None

    @property
    def name(self) -> str:
        return self.series or self.channel or ""


def chart(session: Session, asked: Asked, today: date) -> str:
    """The document. Raises Problem 422 for a span that is none or too long, and where the currency has to be named."""
    last = asked.until or _newest(session, asked) or today
    first = asked.since or earlier(last, timedelta(days=USUAL_DAYS - 1))
    if not 0 <= (last - first).days < MOST_DAYS:
        raise invalid_field(
            "/query/from", "span", f"must be at most {MOST_DAYS - 1} days before `to`, and not after it"
        )
    days = _of_one_currency(_days(session, asked, earlier(first, BEFORE), last), asked.currency)
    wanted = {day.day for day in days if day.day >= first}
    found = judged(days, asked.measure, wanted)
    return svg(_plot(asked, found, days[0].currency if days else asked.currency, first, last))


def _days(session: Session, asked: Asked, since: date, until: date) -> list[CampaignDay]:
    if asked.series is not None:
        return campaign_days(session, [asked.series], since, until)
    return channel_days(session, [asked.name], since, until)


def _newest(session: Session, asked: Asked) -> date | None:
    """Its newest day, if it has one."""
    query = select(func.max(watched.c.newest_day))
    if asked.series is not None:
        query = query.where(watched.c.series == asked.series)
    else:  # LIKE takes `Search` for `search` on SQLite, and finds no index; "0" is what follows "/"
        query = query.where(watched.c.series > f"{asked.channel}/", watched.c.series < f"{asked.channel}0")
    return session.execute(query).scalar()


def _of_one_currency(days: list[CampaignDay], currency: str | None) -> list[CampaignDay]:
    """Two currencies have no common axis. Days without money stay only where there never was any."""
    known = sorted({day.currency for day in days if day.currency})
    if currency is None and len(known) > 1:
        raise invalid_field("/query/currency", "needed", f"Name one of {', '.join(known)}: they are not added.")
    wanted = currency or (known[0] if known else None)
    return [day for day in days if day.currency == wanted]


def _plot(asked: Asked, found: list[Judged], currency: str | None, first: date, last: date) -> Plot:
    kind = KINDS[asked.measure]
    unit = f"{kind.words} ({currency or 'no currency'})" if kind.unit else kind.words
    marked = [one for one in found if one.verdict]
    return Plot(
        title=f"{asked.name}: {kind.words}, {first} to {last}",
        description=" ".join([f"{len(found)} days with figures, {len(marked)} of them unusual.", *map(_said, marked)]),
        unit=unit,
        first=first,
        last=last,
        points=[_point(one) for one in found],
    )


def _said(one: Judged) -> str:
    return f"{one.verdict.severity.capitalize() if one.verdict else 'Day'}: {one.reason}."


def _point(one: Judged) -> Point:
    known = one.expected if isinstance(one.expected, Expected) else None
    return Point(
        day=one.day.day,
        value=float(one.actual),
        reason=one.reason,
        low=known.low if known else None,
        high=known.high if known else None,
        mark=one.verdict.severity if one.verdict else None,
        complete=one.complete,
    )
