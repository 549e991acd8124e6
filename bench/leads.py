"""Leads over HTTP: what storing costs beside everything else, beside a session per request, and in a batch."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from bench.report import Bar, Finding, ratio
from bench.rounds import Size, interleaved
from bench.servers import Sample, Target, serving
from tests.real.postgres import fresh_service_databases, running

BATCH = 1_000
BATCH_CALLERS = 4
NAMES = {
    "stored": "POST /v1/leads, stored with outbox",
    "working": "the same, with relay and inbox in the process",
    "unwritten": "the same, with everything but `db.write`",
    "alone": "the same, a session and a commit for each request, in the loop",
    "sessions": "by hand: SQLModel session per request",
    "batch": f"POST /v1/leads:batch, {BATCH} rows each, {BATCH_CALLERS} callers",
}
ABOUT = """\
64 callers on kept-alive connections, each lead a new person, one uvicorn process; the load generator is another. "By
hand" stores one lead row and one outbox row, and neither cleans, looks up, encrypts, nor keeps consent and history."""
WHY_UNWRITTEN = """\
What a group of leads inserts is one statement for each table, but each statement lets go of the interpreter lock that
the event loop needs too, and has to wait for it again."""
WHY_SESSIONS = """\
Ours validates, cleans, checks a token, looks the person up, encrypts, and writes six tables where the one by hand
writes two and does none of it; "the same, a session and a commit for
each request" is what group commit alone is to be compared with."""
WHY_BATCH = """\
A row of a batch is still validated, cleaned, encrypted and stated as a fact by itself; only request, commit and the
statements' fixed costs are shared."""
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
    finding = Finding(f"A lead over HTTP, {database}", ABOUT, ["", "rows/s", "p50 ms", "p99 ms", "CPU µs/row"])
    kinds = ["stored", "unwritten", "alone", "sessions", *(["working"] if database == "SQLite" else [])]
    with serving(kinds, url) as targets:
        loads = _loads(targets, size.seconds)
        for load in loads.values():
            load()  # connections, statement caches and the store of keys are warm when it counts
        samples = interleaved(loads, size.rounds, finding.spans)
    finding.rows = [_row(NAMES[name], found) for name, found in samples.items()]
    finding.bars = _bars(database, samples)
    return finding


def _loads(targets: dict[str, Target], seconds: float) -> dict[str, Callable[[], Sample]]:
    loads: dict[str, Callable[[], Sample]] = {}
    for name, target in targets.items():
        loads[name] = partial(target.load, seconds)
    batch = partial(targets["stored"].load, seconds, rows=BATCH, connections=BATCH_CALLERS)
    loads["batch"] = batch
    return loads


def _row(name: str, samples: list[Sample]) -> list[str]:
    rate, p50, p99, cpu = (median(getattr(one, what) for one in samples) for what in ("rate", "p50", "p99", "cpu"))
    return [name, f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}", f"{cpu:,.0f}"]


def _bars(database: str, samples: dict[str, list[Sample]]) -> list[Bar]:
    rates = {name: [one.rate for one in found] for name, found in samples.items()}
    stored = rates["stored"]
    tail = median(one.p99 / one.p50 for one in samples["stored"])
    return [
        Bar(
            f"stored / everything but `db.write`, {database}", ratio(stored, rates["unwritten"]), 0.6, why=WHY_UNWRITTEN
        ),
        Bar(f"stored / session per request, {database}", ratio(stored, rates["sessions"]), 4, why=WHY_SESSIONS),
        Bar(f"rows of a batch / single, {database}", ratio(rates["batch"], stored), 10, why=WHY_BATCH),
        Bar(f"p99 / p50 at 64 callers, {database}", tail, 4, at_least=False, why=WHY_TAIL),
    ]
