"""Companies out of a CSV file, through POST /v1/imports with every check on, until the job says that it is done."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

import httpx

from bench.machine import cpu_of, used_by
from bench.report import Bar, Finding
from bench.rounds import Size, interleaved
from bench.servers import Address, Target, serving
from tests.real.postgres import fresh_service_databases, running

IMPORTS = Address("customer", "/v1/imports", ("imports:read", "imports:write", "companies:write"))
HEADER = "name,industry,country,domain,revenue,profit,assets,employees,currency,source,external_id"
WAIT_SECONDS = 240.0
LOOK_SECONDS = 0.1
ABOUT = """\
{rows:,} companies that are new, each with all eleven columns: four ways to be found, three amounts. From the first byte
of the request until the job is done, with one process that answers and works, and its child that reads and checks.
Processor time: of both, so not of PostgreSQL."""
WHY = """\
The child reads, checks and works out all that is to be written; the server looks for each company by its id, domain and
name, and writes it, three identifiers and a fact, in units of work of 500 rows, while its relay publishes. Of the
server's processor time a third are these statements and their commits, as three hashes dirty three pages; a quarter is
publishing, a tenth unpacking what the child sent, and the child has a core to itself. Units of 2,000 rows would cost a
fifth less, and hold up everybody else who writes for 150 ms instead of 40."""


def measure(size: Size, kinds: tuple[str, ...] = ("SQLite", "PostgreSQL")) -> list[Finding]:
    found = []
    if "SQLite" in kinds:
        found.append(_measured("SQLite", lambda folder: f"sqlite:///{folder}/{{service}}.db", size))
    if "PostgreSQL" in kinds:
        with running() as server:
            found.append(_measured("PostgreSQL", lambda _: fresh_service_databases(server), size))
    return found


def _measured(database: str, url: Callable[[Path], str], size: Size) -> Finding:
    columns = ["", "rows/s", "CPU µs/row", "of which the server's"]
    finding = Finding(f"Companies from a file, {database}", ABOUT.format(rows=size.rows), columns)
    with serving(["working"], url, IMPORTS) as targets:
        parts = count(1)
        _imported(targets["working"], _file(0, 1_000), 1_000)  # statements are compiled when it counts
        sample = partial(_sample, targets["working"], parts, size.rows)
        samples = interleaved({"POST /v1/imports": sample}, size.few, finding.spans)
    for name, rates in samples.items():
        rate, cpu, servers = (median(values) for values in zip(*rates, strict=True))
        finding.rows.append([name, f"{rate:,.0f}", f"{cpu:,.0f}", f"{servers:,.0f}"])
        if database == "SQLite":
            finding.bars.append(Bar(f"rows of a file, {database}", rate, 10_000, why=WHY, unit=" rows/s"))
    return finding


def _sample(target: Target, parts: Iterator[int], rows: int) -> tuple[float, float, float]:
    """Rows per second, microseconds of processor time for each, and those of the server's own process."""
    return _imported(target, _file(next(parts), rows), rows)


def _imported(target: Target, file: bytes, rows: int) -> tuple[float, float, float]:
    headers = {"Authorization": f"Bearer {target.token}"}
    with httpx.Client(base_url=target.url, headers=headers, timeout=60.0, trust_env=False) as client:
        began, cpu, own = time.perf_counter(), used_by(target.pid), cpu_of([target.pid])
        kind = {"content-type": "text/csv"}
        begun = client.post(IMPORTS.path, params={"kind": "companies"}, content=file, headers=kind).raise_for_status()
        job = _done(client, f"{IMPORTS.path}/{begun.json()['id']}")
        seconds = time.perf_counter() - began
    if job["state"] != "done" or job["created"] != rows:
        raise SystemExit(f"bench: the import of {rows} rows ended as {job}")
    used = [used_by(target.pid) - cpu, cpu_of([target.pid]) - own]
    return rows / seconds, used[0] / rows * 1e6, used[1] / rows * 1e6


def _done(client: httpx.Client, path: str) -> dict[str, object]:
    until = time.monotonic() + WAIT_SECONDS
    while (job := client.get(path).raise_for_status().json())["state"] in ("waiting", "running"):
        if time.monotonic() > until:
            raise SystemExit(f"bench: the import is not done after {WAIT_SECONDS:.0f} s: {job}")
        time.sleep(LOOK_SECONDS)
    found: dict[str, object] = job
    return found


def _file(part: int, rows: int) -> bytes:
    """Companies that no other part has."""
    lines = [HEADER, *(_line(f"{part}-{number}", number) for number in range(rows))]
    return "\n".join(lines).encode()


def _line(name: str, number: int) -> str:
    amounts = f"{number + 100}.25,{number // 10}.50,{number * 2}"
    about = f"Industry {number % 27},Germany,c{name}.example"
    return f"Company {name} GmbH,{about},{amounts},{number % 500 + 1},EUR,crm,{name}"
