"""What happens when an ad metric is reported: its last figures are kept, and every sum moves by the difference.

An older `sequence` changes nothing, so facts may come in any order, twice, or long after.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import select

from services.analytics_svc.channels import rollups
from services.analytics_svc.channels.figures import Row, dimensions_id, metric_row
from services.analytics_svc.channels.models import dimension_names, dimension_sets, metric_figures
from shared.contracts.campaign import AdMetricReported
from shared.database import Tx
from shared.database.sql import insert_new, upsert_newer
from shared.events import Event


def on_ad_metrics_reported(tx: Tx, facts: Sequence[AdMetricReported]) -> None:
    """Metrics are locked in the order of their ids, and sums after them in the order of their keys."""
    newest = {fact.metric_id: fact for fact in sorted(facts, key=lambda fact: fact.sequence)}
    rows = [metric_row(newest[one]) for one in sorted(newest)]
    _learn_dimensions(tx, newest.values())
    new = insert_new(tx.session, metric_figures, rows, returning="metric_id")
    stood = _locked(tx, [row["metric_id"] for row in rows if row["metric_id"] not in new])
    changed = [(stood.get(row["metric_id"]), row) for row in rows if _is_news(row, stood)]
    upsert_newer(tx.session, metric_figures, [row for before, row in changed if before], key="metric_id")
    rollups.add(tx.session, changed)


def _is_news(row: Row, stood: dict[str, Row]) -> bool:
    before = stood.get(row["metric_id"])
    return before is None or before["sequence"] < row["sequence"]


def _locked(tx: Tx, metric_ids: Collection[str]) -> dict[str, Row]:
    if not metric_ids:
        return {}
    query = select(metric_figures).where(metric_figures.c.metric_id.in_(metric_ids))
    held = tx.session.execute(query.order_by(metric_figures.c.metric_id).with_for_update()).mappings()
    return {row["metric_id"]: dict(row) for row in held}


def _learn_dimensions(tx: Tx, facts: Iterable[AdMetricReported]) -> None:
    sets = {dimensions_id(fact.dimensions): fact.dimensions for fact in facts if fact.dimensions}
    rows = [{"id": one, "dimensions": sets[one]} for one in sorted(sets)]
    insert_new(tx.session, dimension_sets, rows, returning="id")
    names = sorted({name for dimensions in sets.values() for name in dimensions})
    insert_new(tx.session, dimension_names, [{"name": name} for name in names], returning="name")


HANDLERS: dict[type[Event], Any] = {AdMetricReported: on_ad_metrics_reported}
