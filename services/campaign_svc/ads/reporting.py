"""The unit of work that takes reports in: every one kept once, what stands settled by the rule, a fact for each change.

Metrics are locked in the order of their ids, so that two batches about the same keys cannot wait for each other in a
ring. What is written is collected first and leaves in one statement per table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update

from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.ads.models import metrics, revisions
from services.campaign_svc.ads.revising import NEWS, OUTCOMES, Claim, Outcome
from services.campaign_svc.ads.settling import Arrival, Settled, Step, by_metric
from services.campaign_svc.ads.storing import Row, fact, metric_row, revision_row, standing_row
from shared.database import Tx
from shared.database.sql import insert_new

_STANDING = (metrics.c.id, metrics.c.version, metrics.c.as_of, metrics.c.digest)
_FOR_EVER = {"id", "account", "channel", "campaign", "ad", "day", "dimensions", "created_at"}
_REPLACED = [name for name in metrics.c.keys() if name not in _FOR_EVER]  # noqa: SIM118  a column is no name
_ONE = update(metrics).where(metrics.c.id == bindparam("of"))
_REVISE = _ONE.values({name: bindparam(f"new_{name}") for name in _REPLACED})
_CONFIRM = _ONE.values({name: bindparam(f"new_{name}") for name in ("as_of", "updated_at")})


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of one report."""

    metric_id: str
    outcome: Outcome


def report(tx: Tx, rows: Sequence[MetricIn]) -> list[Reported]:
    """One result for each row, in order; for up to 1,000 rows. The same rows again change nothing.

    A row without `as_of` is true at the time of the transaction.
    """
    arrivals = by_metric(rows, tx.now)
    settled = _insert_new(tx, arrivals)
    new = {one.metric_id for one in settled}
    settled += _revise(tx, {one: about for one, about in arrivals.items() if one not in new})
    steps = [step for one in settled for step in one.steps]
    kept = _keep(tx, steps)
    _state(tx, steps)
    results = {step.arrival.index: _result(step, kept) for step in steps}
    return [results[index] for index in range(len(rows))]


def _insert_new(tx: Tx, arrivals: Mapping[str, Sequence[Arrival]]) -> list[Settled]:
    """Keys of which nothing stood go in as they will stand, which also tells them from the others."""
    first = {one: Settled(one).apply(about) for one, about in arrivals.items()}
    new = insert_new(tx.session, metrics, [metric_row(one, tx.now) for one in first.values()], returning="id")
    return [settled for one, settled in first.items() if one in new]


def _revise(tx: Tx, arrivals: Mapping[str, Sequence[Arrival]]) -> list[Settled]:
    """Keys of which something stands are held until the end of the transaction, and judged by what stands."""
    if not arrivals:
        return []
    query = select(*_STANDING).where(metrics.c.id.in_(arrivals)).order_by(metrics.c.id).with_for_update()
    settled = [
        Settled(row.id, row.version, Claim(row.as_of, row.digest)).apply(arrivals[row.id])
        for row in tx.session.execute(query).all()
    ]
    _execute(tx, _REVISE, [_parameters(one.metric_id, standing_row(one, tx.now)) for one in settled if one.latest])
    _execute(tx, _CONFIRM, [_confirmation(tx, one) for one in settled if one.confirmed and not one.latest])
    return settled


def _confirmation(tx: Tx, settled: Settled) -> Row:
    return _parameters(settled.metric_id, {"as_of": settled.claim and settled.claim.as_of, "updated_at": tx.now})


def _parameters(metric_id: str, values: Row) -> Row:
    return {"of": metric_id} | {f"new_{name}": value for name, value in values.items()}


def _execute(tx: Tx, statement: Any, rows: list[Row]) -> None:
    if rows:
        tx.session.execute(statement, rows)


def _keep(tx: Tx, steps: Iterable[Step]) -> set[int]:
    """Write the history. Gives the places of the reports that it did not hold yet: of copies, that of the first.

    What changed what stands is newer than all that was kept, so only the older ones can have been told before.
    """
    told: dict[str, Step] = {}
    for step in steps:
        if step.made in (*NEWS, "kept"):
            told.setdefault(step.arrival.revision_id, step)
    tx.add(revisions, [_revision(tx, step) for step in told.values() if step.sequence])
    older = [_revision(tx, step) for step in told.values() if not step.sequence]
    new = insert_new(tx.session, revisions, older, returning="id")
    return {step.arrival.index for one, step in told.items() if step.sequence or one in new}


def _revision(tx: Tx, step: Step) -> Row:
    return revision_row(step.arrival, step.sequence, tx.now, tx.by.subject)


def _state(tx: Tx, steps: Iterable[Step]) -> None:
    for step in steps:
        if step.sequence is not None:
            tx.emit(fact(step.arrival, step.sequence))


def _result(step: Step, kept: set[int]) -> Reported:
    return Reported(step.arrival.metric_id, OUTCOMES[step.made] if step.arrival.index in kept else "same")
