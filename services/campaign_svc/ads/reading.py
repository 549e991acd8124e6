"""What stands of the metrics, by filter and page, and one with its history."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from services.campaign_svc.ads.models import AdMetric, AdMetricRevision, metrics
from services.campaign_svc.ads.views import MetricOut, MetricWithRevisions
from shared.web import Order, Page, Paging, found_or_404

MOST_REVISIONS = 1_000

ORDER = Order(
    {"updated_at": col(AdMetric.updated_at), "day": col(AdMetric.day)}, default="-updated_at", tie=col(AdMetric.id)
)


def listed(session: Session, asked: Paging, filters: Mapping[str, Any], since: Any, until: Any) -> Page[MetricOut]:
    """`filters` by column, where a value is given; both days included."""
    query = select(AdMetric).where(*(metrics.c[name] == value for name, value in filters.items() if value is not None))
    if since is not None:
        query = query.where(col(AdMetric.day) >= since)
    if until is not None:
        query = query.where(col(AdMetric.day) <= until)
    return asked.page(session, query, MetricOut.of)


def with_revisions(session: Session, metric_id: str) -> MetricWithRevisions:
    stored = found_or_404(session, AdMetric, metric_id, "ad metric")
    newest_first = (col(AdMetricRevision.as_of).desc(), col(AdMetricRevision.digest).desc())
    query = select(AdMetricRevision).where(col(AdMetricRevision.metric_id) == metric_id)
    return MetricWithRevisions.told(stored, list(session.exec(query.order_by(*newest_first).limit(MOST_REVISIONS))))
