"""What the three services export, by name: type and labels; read from the metrics themselves, not from a page."""

from dataclasses import dataclass

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from services.analytics_svc.main import service as analytics
from services.campaign_svc.main import service as campaign
from services.customer_svc.main import service as customer

SERVICES = (customer, campaign, analytics)
BY_PROMETHEUS = frozenset({"job", "instance"})
OF_PROCESSES = ("up", "process_cpu_seconds_total", "process_resident_memory_bytes")
"""What Prometheus, or its client, shows of any process."""

SUFFIXES = {Counter: ("_total",), Gauge: ("",), Histogram: ("_bucket", "_count", "_sum")}


@dataclass(frozen=True, slots=True)
class Exported:
    """`name` is the one that people write: that of a counter ends in `_total`."""

    name: str
    type: str
    labels: tuple[str, ...]


def metrics() -> dict[str, Exported]:
    """Ours, by their names."""
    found = {}
    for one in REGISTRY._collector_to_names:
        if isinstance(one, MetricWrapperBase) and one._name.startswith("rainmaker_"):
            name = one._name + ("_total" if isinstance(one, Counter) else "")
            found[name] = Exported(name, type(one).__name__.lower(), tuple(one._labelnames))
    return found


def series() -> dict[str, frozenset[str]]:
    """The labels of every series that a query may name."""
    found = dict.fromkeys(OF_PROCESSES, BY_PROMETHEUS)
    for one in metrics().values():
        labels = BY_PROMETHEUS | set(one.labels)
        if one.type == "histogram":
            found |= {f"{one.name}_count": labels, f"{one.name}_sum": labels, f"{one.name}_bucket": labels | {"le"}}
        else:
            found[one.name] = labels
    return found
