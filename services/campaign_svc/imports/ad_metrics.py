"""Ad metrics out of files: each is a report, as if it were posted."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session

from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.ads.models import metrics
from services.campaign_svc.ads.reporting import report
from services.campaign_svc.ads.revising import Claim
from services.campaign_svc.ads.settling import Settled, Step, by_metric
from services.campaign_svc.imports.metric_rows import METRIC_ROWS
from shared.clock import utc_now
from shared.database import Tx
from shared.imports.kinds import Fate, Kind, Outcome

FATES = {"new": Fate.CREATED, "revised": Fate.CHANGED}


def _preview(session: Session, rows: Sequence[MetricIn]) -> list[Outcome]:
    arrivals = by_metric(rows, utc_now())
    query = select(metrics.c.id, metrics.c.version, metrics.c.as_of, metrics.c.digest)
    found = session.execute(query.where(metrics.c.id.in_(arrivals))).all()
    standing = {row.id: Settled(row.id, row.version, Claim(row.as_of, row.digest)) for row in found}
    settled = [standing.get(one, Settled(one)).apply(about) for one, about in arrivals.items()]
    steps: list[Step] = sorted((step for one in settled for step in one.steps), key=lambda step: step.arrival.index)
    return [FATES.get(step.made, Fate.UNCHANGED) for step in steps]


def _store(tx: Tx, rows: Sequence[MetricIn]) -> list[Outcome]:
    return [FATES.get(one.outcome, Fate.UNCHANGED) for one in report(tx, rows)]


AD_METRICS = Kind(
    METRIC_ROWS,
    scope="ad-metrics:write",
    about="What ad networks report by account, campaign, ad, day and dimensions; the same key again is a revision.",
    preview=_preview,
    store=_store,
    example="channel,campaign,day,impressions,clicks,spend,currency\nsearch,brand,2026-01-30,7350,12,14.30,EUR\n",
)
