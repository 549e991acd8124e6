"""A batch of reports: each row is checked by itself and taken in by the chunk: a bad row costs that row only."""

from typing import Annotated

from fastapi import Depends

from services.campaign_svc.ads.metrics import EXAMPLE, MetricIn
from services.campaign_svc.ads.reporting import Reported, report
from services.campaign_svc.ads.views import MetricResult
from shared.database import Database, Once
from shared.principal import Principal
from shared.problems import Problem
from shared.web import ProblemOut
from shared.web.batches import BatchOf, Rows, by_the_chunk

CHUNK = 250
"""Rows in one unit of work: long enough to be cheap, short enough that others hardly wait behind it."""

METRICS = BatchOf(MetricIn, "metrics", {"metrics": [EXAMPLE]})

SentRows = Annotated[Rows[MetricIn], Depends(METRICS.read)]


async def report_batch(db: Database, rows: Rows[MetricIn], *, by: Principal, once: Once | None) -> list[MetricResult]:
    """One result for each row, in order."""

    async def take(places: range, part: Once | None) -> tuple[list[MetricResult], bool]:
        checked = {index: rows.checked(index) for index in places}
        good = {index: row for index, row in checked.items() if isinstance(row, MetricIn)}
        results = [_refused(index, row) for index, row in checked.items() if isinstance(row, Problem)]
        if good:
            reported = await db.write(report, list(good.values()), by=by, once=part)
            results += map(_result, good, reported)
        return sorted(results, key=lambda result: result.index), bool(good)

    return await by_the_chunk(len(rows), CHUNK, once, take)


def _result(index: int, reported: Reported) -> MetricResult:
    status = 201 if reported.outcome == "new" else 200
    return MetricResult(index=index, status=status, metric_id=reported.metric_id, outcome=reported.outcome)


def _refused(index: int, problem: Problem) -> MetricResult:
    return MetricResult(index=index, status=problem.status, problem=ProblemOut.of(problem))
