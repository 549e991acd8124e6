"""Ad metrics from the topic `inbound-ad-metrics`: the same checks and the same rule as `POST /v1/ad-metrics`."""

from collections.abc import Sequence

from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.ads.reporting import report
from shared.contracts.inbound import AdMetricSubmitted
from shared.database import Tx
from shared.events.intake import Enter, Intake, Submitted
from shared.principal import Principal
from shared.runtime import Runtime


async def take_metrics(runtime: Runtime, submitted: Sequence[Submitted], enter: Enter) -> None:
    """All of them in one unit of work."""
    rows = [_row(one) for one in submitted]
    await runtime.db.write(_reported_once, rows, enter, by=Principal.service(runtime.name), lane="ad-metrics")


def _row(submitted: Submitted) -> MetricIn:
    """Where a report does not say when the network said so, the envelope does."""
    row: MetricIn = submitted.data
    return row if row.as_of else row.model_copy(update={"as_of": submitted.when()})


def _reported_once(tx: Tx, rows: Sequence[MetricIn], enter: Enter) -> None:
    enter(tx)
    report(tx, rows)


INTAKES = [Intake(AdMetricSubmitted, MetricIn, take_metrics)]
