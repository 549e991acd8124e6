"""What is counted of follow-ups: how long each took, what it came to, and how many wait for a person's word."""

from datetime import datetime
from functools import partial

from prometheus_client import Gauge, Histogram
from sqlalchemy import func, select
from sqlmodel import Session

from services.campaign_svc.delivery.models import actions
from shared.database import Tx
from shared.ids import moment_of
from shared.telemetry.metrics import LONG_SECONDS

follow_up_seconds = Histogram(
    "rainmaker_follow_up_seconds",
    "From when its occasion was recorded to the end of an action; the outcome is the action's state.",
    ["service", "kind", "outcome"],
    buckets=LONG_SECONDS,
)
actions_unknown = Gauge("rainmaker_actions_unknown", "Actions whose outcome a person must find out.", ["service"])


def ended(tx: Tx, kind: str, state: str, occasion: str | None, planned_at: datetime) -> None:
    """The id of an observation, an alarm or a change says when it was recorded; without one, since it was planned."""
    since = moment_of(occasion or "") or planned_at
    seconds = max(0.0, (tx.now - since).total_seconds())
    tx.count(partial(follow_up_seconds.labels("campaign", kind, state).observe, seconds))


def unknown(session: Session) -> float:
    query = select(func.count()).select_from(actions).where(actions.c.state == "unknown")
    return float(session.execute(query).scalar_one())


GAUGES = {actions_unknown: unknown}
