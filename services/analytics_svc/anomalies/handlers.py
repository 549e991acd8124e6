"""What happens when figures of ads come: the days that they change are judged, and what is unusual is stated.

Runs after the roll-ups of the same batch, in their transaction.
"""

from collections.abc import Sequence

from services.analytics_svc.anomalies import record, watching
from shared.contracts.campaign import AdMetricReported
from shared.database import Tx


def on_ad_metrics_reported(tx: Tx, events: Sequence[AdMetricReported]) -> None:
    touched = watching.touched_days(events)
    if touched:
        found = list(watching.judgements(tx, touched))
        record.keep(tx, found, {event.series: event for event in events})


HANDLERS = {AdMetricReported: on_ad_metrics_reported}
