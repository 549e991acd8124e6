"""What is counted of connectors: how many do not get on."""

from prometheus_client import Gauge
from sqlalchemy import func, or_, select
from sqlmodel import Session

from services.campaign_svc.connectors.models import Connector, Pull
from shared.database.sql import table_of

FAILURES = 3

connectors_failing = Gauge(
    "rainmaker_connectors_failing",
    "Connectors whose last pull was given up, or that has failed three times in a row.",
    ["service"],
)
connectors, pulls = table_of(Connector), table_of(Pull)


def failing(session: Session) -> float:
    """A connector that is switched off fails no more."""
    earlier = pulls.alias("earlier")
    last = select(func.max(earlier.c.started_at)).where(earlier.c.connector_id == pulls.c.connector_id)
    fails = or_(pulls.c.state == "failed", pulls.c.failures >= FAILURES)
    of_each = connectors.join(pulls, pulls.c.connector_id == connectors.c.id)
    query = select(func.count()).select_from(of_each)
    query = query.where(connectors.c.enabled, pulls.c.started_at == last.scalar_subquery(), fails)
    return float(session.execute(query).scalar_one())


GAUGES = {connectors_failing: failing}
