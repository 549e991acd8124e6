"""What happens when figures of ads come: the weeks of their channels are compared, and budgets are suggested.

Runs after the roll-ups of the same batch, in their transaction.
"""

from collections.abc import Sequence

from services.analytics_svc.advice import campaigns, channels, watching
from shared.contracts.campaign import AdMetricReported
from shared.database import Tx


def on_ad_metrics_reported(tx: Tx, events: Sequence[AdMetricReported]) -> None:
    fresh = watching.fresh(events)
    if not fresh:
        return
    newest = watching.hold(tx, fresh)
    channels.review(tx, newest, {event.channel: event for event in fresh})
    causes = {event.series: event for event in fresh}
    campaigns.review(tx, {series: newest[event.channel] for series, event in causes.items()}, causes)


HANDLERS = {AdMetricReported: on_ad_metrics_reported}
