"""Ad metrics in, one or a thousand at a time, each a report that may revise another; what stands of them out."""

from typing import Annotated, Any

from fastapi import Query, Response

from services.campaign_svc.ads.batch import METRICS, SentRows, report_batch
from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.ads.reading import ORDER, listed, with_revisions
from services.campaign_svc.ads.reporting import report
from services.campaign_svc.ads.revising import metric_id
from services.campaign_svc.ads.views import MetricOut, MetricResults, MetricWithRevisions, ReportedOut
from shared.days import Day
from shared.principal import Principal
from shared.types import Text
from shared.web import Db, IdempotencyKey, Page, Paging, Router, allowed, etag

router = Router(tags=["ad metrics"])

MayRead = Annotated[Principal, allowed("ad-metrics:read")]
MayWrite = Annotated[Principal, allowed("ad-metrics:write")]
From = Annotated[Day | None, Query(alias="from", description="The first day.")]
To = Annotated[Day | None, Query(description="The last day.")]

KNOWN: dict[int | str, dict[str, Any]] = {
    200: {"model": ReportedOut, "description": "One more report about a key that was known."}
}


@router.post("/v1/ad-metrics", status_code=201, responses=KNOWN)
async def report_ad_metric(
    metric: MetricIn, response: Response, db: Db, once: IdempotencyKey, by: MayWrite
) -> ReportedOut:
    """Report what a network says. 201: the first of its key; 200: one more, of which the newer `as_of` stands.

    Of two with one `as_of` and different figures, those with the greater SHA-256 stand, whichever came first.
    """
    [reported] = await db.write(report, [metric], by=by, lane=metric_id(metric), once=once)
    response.status_code = 201 if reported.outcome == "new" else 200
    response.headers["Location"] = f"/v1/ad-metrics/{reported.metric_id}"
    return ReportedOut.model_validate(reported)


@router.post("/v1/ad-metrics:batch", openapi_extra=METRICS.openapi)
async def report_ad_metrics(by: MayWrite, rows: SentRows, db: Db, once: IdempotencyKey) -> MetricResults:
    """Report up to 1,000. Each is checked by itself; one that is refused costs the others nothing."""
    return MetricResults(results=await report_batch(db, rows, by=by, once=once))


@router.get("/v1/ad-metrics")
async def list_ad_metrics(
    asked: Annotated[Paging, ORDER.asked()],
    db: Db,
    _: MayRead,
    channel: Text | None = None,
    campaign: Text | None = None,
    account: Text | None = None,
    ad: Text | None = None,
    since: From = None,
    to: To = None,
) -> Page[MetricOut]:
    """What stands."""
    filters = {"channel": channel, "campaign": campaign, "account": account, "ad": ad}
    return await db.read(listed, asked, filters, since, to)


@router.get("/v1/ad-metrics/{metric_id}")
async def read_ad_metric(metric_id: Text, response: Response, db: Db, _: MayRead) -> MetricWithRevisions:
    """What stands of one key, and every report about it."""
    found = await db.read(with_revisions, metric_id)
    etag(response, found.version)
    return found
