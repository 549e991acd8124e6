"""What the kernel counts, and the page that shows one service's share of all that is counted.

Labels are service, route, topic, task, check, kind and outcome; never an id. A room that counts more has its own
`metrics.py`. In the local system three services share this registry.
"""

from collections.abc import Iterable

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
LONG_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0, 21600.0)
COUNTED = 100_000
"""Of what waits, no more is counted: it is very many then, and counting all would take longest when it matters most."""
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

requests_total = Counter("rainmaker_requests_total", "HTTP requests answered.", ["service", "route", "outcome"])
request_seconds = Histogram(
    "rainmaker_request_seconds", "Time to answer an HTTP request.", ["service", "route"], buckets=SECONDS
)

writes_total = Counter("rainmaker_writes_total", "Units of work ended.", ["service", "outcome"])
write_seconds = Histogram(
    "rainmaker_write_seconds",
    "One group of units of work, from its begin to its durable end.",
    ["service"],
    buckets=SECONDS,
)
write_group_size = Histogram("rainmaker_write_group_size", "Units of work in one commit.", ["service"], buckets=SIZES)
write_queue = Gauge("rainmaker_write_queue", "Units of work that wait for a writer.", ["service"])

outbox_published_total = Counter(
    "rainmaker_outbox_published_total", "Facts that reached the bus.", ["service", "topic"]
)
outbox_waiting = Gauge("rainmaker_outbox_waiting", "Facts that are not on the bus yet.", ["service"])
outbox_oldest_seconds = Gauge("rainmaker_outbox_oldest_seconds", "Age of the oldest waiting fact.", ["service"])

events_handled_total = Counter(
    "rainmaker_events_handled_total",
    "Facts taken from the bus, by outcome: done, skipped, duplicate, dead.",
    ["service", "topic", "outcome"],
)
event_delay_seconds = Histogram(
    "rainmaker_event_delay_seconds",
    "From when a fact was stored to its effect here.",
    ["service", "topic"],
    buckets=LONG_SECONDS,
)
inbox_lag = Gauge(
    "rainmaker_inbox_lag", "Facts on the bus that this process has still to handle.", ["service", "topic"]
)
inbox_batch_size = Histogram("rainmaker_inbox_batch_size", "Facts in one transaction.", ["service"], buckets=SIZES)
dead_letters = Gauge("rainmaker_dead_letters", "Facts set aside and not replayed.", ["service"])

due_total = Counter("rainmaker_due_total", "Due work acted upon, by outcome.", ["service", "task", "outcome"])
due_waiting = Gauge("rainmaker_due_waiting", "Due work not settled yet.", ["service"])
due_late_seconds = Histogram(
    "rainmaker_due_late_seconds",
    "From when work was first due to its end.",
    ["service", "task"],
    buckets=LONG_SECONDS,
)
due_overdue_seconds = Gauge(
    "rainmaker_due_overdue_seconds", "How long the oldest work that is due has waited.", ["service", "task"]
)

check_ok = Gauge("rainmaker_check_ok", "Whether a check of readiness holds: 1 or 0.", ["service", "check"])
worker_restarts_total = Counter(
    "rainmaker_worker_restarts_total", "Tasks of a worker that died and were started again.", ["service", "task"]
)

CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposition(service: str) -> bytes:
    """The metrics of one service, and those of the process, in the Prometheus text format."""
    return generate_latest(_Share(service))


class _Share(Collector):
    """The registry as one service may show it: samples that carry another service's name are left out."""

    def __init__(self, service: str) -> None:
        self._service = service

    def collect(self) -> Iterable[Metric]:
        for family in REGISTRY.collect():
            share = Metric(family.name, family.documentation, family.type)
            share.samples = [s for s in family.samples if s.labels.get("service", self._service) == self._service]
            if share.samples:
                yield share
