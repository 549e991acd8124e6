"""Ad metrics over HTTP: one at a time and a thousand at a time, beside everything but storing them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from bench.report import Bar, Finding, ratio
from bench.rounds import Size, interleaved
from bench.servers import Address, Sample, serving
from tests.real.postgres import fresh_service_databases, running

METRICS = Address("campaign", "/v1/ad-metrics", ("ad-metrics:write",))
BATCH = 1_000
BATCH_CALLERS = 4
NAMES = {
    "stored": "POST /v1/ad-metrics, stored with revision and outbox",
    "unwritten": "the same, with everything but `db.write`",
    "batch": f"POST /v1/ad-metrics:batch, {BATCH} rows each, {BATCH_CALLERS} callers",
    "batch unwritten": "the same, with everything but `db.write`",
}
ABOUT = """\
64 callers on kept-alive connections, each metric a new key with two dimensions, two kinds of conversions, spend and
revenue; one uvicorn process without relay; the load generator is another."""
WHY_UNWRITTEN = """\
Whether a key is new each report has to ask for itself, in the writer's thread, under the interpreter lock that the
event loop needs too; there is little to check in a metric, so what is left without that is hardly more than the
request."""
WHY_BATCH = """\
A row of a batch is still validated, hashed twice (key and figures), stored as metric and as revision, and stated as a
fact by itself; only request, commit and the statements' fixed costs are shared."""
WHY_TAIL = """\
Callers of one group are answered together, so the tail is two groups long; what others take of the cores adds to it."""


def measure(size: Size, kinds: tuple[str, ...] = ("SQLite", "PostgreSQL")) -> list[Finding]:
    found = []
    if "SQLite" in kinds:
        found.append(_side_by_side("SQLite", lambda folder: f"sqlite:///{folder}/{{service}}.db", size))
    if "PostgreSQL" in kinds:
        with running() as server:
            found.append(_side_by_side("PostgreSQL", lambda _: fresh_service_databases(server), size))
    return found


def _side_by_side(database: str, url: Callable[[Path], str], size: Size) -> Finding:
    finding = Finding(f"Ad metrics over HTTP, {database}", ABOUT, ["", "rows/s", "p50 ms", "p99 ms", "CPU µs/row"])
    with serving(["stored", "unwritten"], url, METRICS) as targets:
        loads: dict[str, Callable[[], Sample]] = {}
        for kind, batch in (("stored", "batch"), ("unwritten", "batch unwritten")):
            loads[kind] = partial(targets[kind].load, size.seconds)
            loads[batch] = partial(targets[kind].load, size.seconds, rows=BATCH, connections=BATCH_CALLERS)
        for load in loads.values():
            load()  # connections and statement caches are warm when it counts
        samples = interleaved(loads, size.rounds, finding.spans)
    finding.rows = [_row(label, samples[name]) for name, label in NAMES.items()]
    finding.bars = _bars(database, samples)
    return finding


def _row(name: str, samples: list[Sample]) -> list[str]:
    rate, p50, p99, cpu = (median(getattr(one, what) for one in samples) for what in ("rate", "p50", "p99", "cpu"))
    return [name, f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}", f"{cpu:,.0f}"]


def _bars(database: str, samples: dict[str, list[Sample]]) -> list[Bar]:
    rates = {name: [one.rate for one in found] for name, found in samples.items()}
    stored, unwritten, batch = rates["stored"], rates["unwritten"], rates["batch"]
    tail = median(one.p99 / one.p50 for one in samples["stored"])
    return [
        Bar(f"metric stored / everything but `db.write`, {database}", ratio(stored, unwritten), 0.6, why=WHY_UNWRITTEN),
        Bar(f"metric rows of a batch / single, {database}", ratio(batch, stored), 10, why=WHY_BATCH),
        Bar(f"metric p99 / p50 at 64 callers, {database}", tail, 4, at_least=False, why=WHY_TAIL),
    ]
