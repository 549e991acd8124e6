"""Ad metrics from the topic `inbound-ad-metrics`: the same checks and the same rule as `POST /v1/ad-metrics`."""

from collections.abc import Sequence

from pydantic import ValidationError

from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.ads.reporting import report
from shared.contracts.inbound import AdMetricSubmitted
from shared.database import Tx
from shared.events.intake import Enter, Intake, Refused, Submitted
from shared.principal import Principal
from shared.runtime import Runtime


async def take_metrics(runtime: Runtime, submitted: Sequence[Submitted], enter: Enter) -> None:
    """All of them in one unit of work."""
    rows = [_row(one) for one in submitted]
    await runtime.db.write(_reported_once, rows, enter, by=Principal.service(runtime.name), lane="ad-metrics")


def _row(submitted: Submitted) -> MetricIn:
    """Where a report does not say when the network said so, the envelope does."""
    row: MetricIn = submitted.data
    if row.as_of:
        return row
    try:
        return MetricIn.model_validate(dict(row) | {"as_of": submitted.time})
    except ValidationError:
        raise Refused("the time of the envelope must not lie in the future") from None


def _reported_once(tx: Tx, rows: Sequence[MetricIn], enter: Enter) -> None:
    enter(tx)
    report(tx, rows)


INTAKES = [Intake(AdMetricSubmitted, MetricIn, take_metrics)]
