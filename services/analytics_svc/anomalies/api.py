"""Anomalies over HTTP, with what was expected and why they stand, or stand no more; and the plot that shows it."""

from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import AfterValidator
from sqlmodel import Session, col, select

from services.analytics_svc.anomalies.charting import Asked, chart
from services.analytics_svc.anomalies.expectation import Severity
from services.analytics_svc.anomalies.models import Anomaly, AnomalyOut
from shared.contracts.analytics import Measure
from shared.days import Day, refuse_backwards
from shared.money import currency_code
from shared.principal import Principal
from shared.problems import invalid_field
from shared.types import Text
from shared.web import Db, Order, Page, Paging, Router, allowed, found_or_404

router = Router()

MayRead = Annotated[Principal, allowed("anomalies:read")]
MayReadFigures = Annotated[Principal, allowed("channels:read")]
Since = Annotated[Day | None, Query(description="The first day that is wanted.")]

First = Annotated[Day | None, Query(alias="from", description="By default 60 days up to `to`; at most 400.")]
Last = Annotated[Day | None, Query(alias="to", description="By default the newest day that has figures.")]
Code = Annotated[str, AfterValidator(currency_code)]
Currency = Annotated[Code | None, Query(description="Needed where there are several (ISO 4217).")]

ORDER = Order(
    {"day": col(Anomaly.day), "detected_at": col(Anomaly.detected_at)}, default="-detected_at", tie=col(Anomaly.id)
)


@router.get("/v1/anomalies", tags=["anomalies"])
async def list_anomalies(
    db: Db,
    by: MayRead,
    asked: Annotated[Paging, ORDER.asked()],
    series: Text | None = None,
    since: Since = None,
    measure: Measure | None = None,
    severity: Severity | None = None,
    standing: bool | None = None,
) -> Page[AnomalyOut]:
    """The newest first. `series` is `<channel>/<campaign>`."""
    equal = {Anomaly.series: series, Anomaly.measure: measure, Anomaly.severity: severity, Anomaly.standing: standing}
    query = select(Anomaly).where(*(col(column) == value for column, value in equal.items() if value is not None))
    if since is not None:
        query = query.where(col(Anomaly.day) >= since)
    return await db.read(asked.page, query, AnomalyOut.of)


@router.get("/v1/anomalies/{anomaly_id}", tags=["anomalies"])
async def read_anomaly(anomaly_id: Text, db: Db, by: MayRead) -> AnomalyOut:
    """What was reported, what was expected, and whether it stands."""
    return await db.read(_anomaly, anomaly_id)


class Svg(Response):
    media_type = "image/svg+xml"


SAFE = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'self'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
"""Opened by itself the document may load nothing and run nothing."""
SHOWN: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/svg+xml": {"example": '<svg xmlns="http://www.w3.org/2000/svg">...</svg>'}}}
}


@router.get("/v1/ad-performance/plot", tags=["ad performance"], response_class=Svg, responses=SHOWN)
async def plot_ad_performance(
    db: Db,
    by: MayReadFigures,
    series: Text | None = None,
    channel: Text | None = None,
    campaign: Text | None = None,
    measure: Measure = "spend",
    currency: Currency = None,
    first: First = None,
    last: Last = None,
) -> Svg:
    """A measure by the day as SVG, with the range that was expected: of `series`, of `channel` and `campaign`, or of
    all of a channel. Days without figures are gaps; what is unusual is marked, and says why.
    """
    refuse_backwards(first, last)
    if (series is None) == (channel is None) or (campaign is not None and channel is None):
        raise invalid_field("/query/series", "one_of", "Name a series, or a channel with or without a campaign.")
    if campaign is not None:
        series = f"{channel}/{campaign}"
    asked = Asked(series, channel, measure, currency, first, last)
    return Svg(await db.read(chart, asked, db.clock().date()), headers=SAFE)


def _anomaly(session: Session, anomaly_id: str) -> AnomalyOut:
    return AnomalyOut.of(found_or_404(session, Anomaly, anomaly_id, "anomaly"))
