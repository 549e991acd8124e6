"""Figures of ten million companies: asked for over HTTP, beside pandas that reads the file and groups it."""

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from sqlmodel import Session

from bench.made_up import store_figures, write_file
from bench.report import Bar, Finding, ratio
from bench.rounds import Size, interleaved
from bench.servers import Address, Target, serving
from services.analytics_svc.industries import recompute
from services.analytics_svc.tables import tables
from shared.database.engines import database_url, make_engine
from tests.e2e.system import ROOT
from tests.fixtures import create_tables

INDUSTRIES = Address("analytics", "/v1/industries", ("industries:read",))
LEAST_REVENUE = 1_000
"""So small that no industry is left out: every figure is compared."""
EXACT = 1e-9
PANDAS_SECONDS = 300.0
ABOUT = """\
{companies:,} companies in a file of {megabytes:,.0f} MB, and as `company_figures` in SQLite, rolled up by the room's
own `recompute` in {seconds:.0f} s. One caller asks one uvicorn process, again and again; pandas {pandas} reads six of
the seven columns, drops incomplete rows, groups by industry and currency. All figures are equal to 1e-9."""
WHY = "An answer has a fixed cost of some milliseconds, however few companies there are; pandas gains by fewer."


def measure(size: Size) -> list[Finding]:
    if find_spec("pandas") is None:
        raise SystemExit("bench: pandas is missing, with which the industries are compared: `make bench` installs it.")
    finding = Finding("Figures of industries", "", ["", "ms", "of which grouping, ms"])
    with TemporaryDirectory(prefix="rainmaker-bench-") as name:
        file = Path(name) / "companies.csv"
        write_file(file, size.companies)
        with _filled(Path(name), size.companies) as (target, seconds):
            asked = partial(_asked, target, size.seconds)
            same(answered(target), by_pandas(file))
            variants: dict[str, Callable[[], tuple[float, ...]]] = {
                f"GET {INDUSTRIES.path}, p50": asked,
                "pandas: read the file and group it": partial(_pandas_seconds, file),
            }
            samples = interleaved(variants, size.few, finding.spans)
        megabytes = file.stat().st_size / 1e6
    finding.about = ABOUT.format(companies=size.companies, megabytes=megabytes, seconds=seconds, pandas=_version())
    finding.rows = [_row(name, found) for name, found in samples.items()]
    ours, theirs = samples.values()
    claim = f"pandas / GET, {size.companies:,} companies"
    finding.bars = [Bar(claim, ratio([sum(one) for one in theirs], [sum(one) for one in ours]), 500, why=WHY)]
    return [finding]


@contextmanager
def _filled(folder: Path, companies: int) -> Iterator[tuple[Target, float]]:
    """A server on figures of so many companies, and the seconds in which they were rolled up."""
    path = folder / "analytics.db"
    seconds = fill(path, companies)
    with serving(["stored"], lambda _: f"sqlite:///{folder}/{{service}}.db", INDUSTRIES) as targets:
        yield targets["stored"], seconds


def fill(path: Path, companies: int) -> float:
    """Seconds that rolling up took."""
    url = f"sqlite:///{path}"
    create_tables(url, tables.metadata)
    store_figures(path, companies)
    engine, began = make_engine(database_url(url), pool_size=1), time.perf_counter()
    with Session(engine) as session:
        recompute(session)
        session.commit()
    engine.dispose()
    return time.perf_counter() - began


def _path() -> str:
    return f"{INDUSTRIES.path}?dropna=any&limit=200&min_revenue={LEAST_REVENUE}"


def answered(target: Target) -> Any:
    headers = {"Authorization": f"Bearer {target.token}"}
    answer = httpx.get(target.url + _path(), headers=headers, timeout=60.0, trust_env=False)
    return answer.raise_for_status().json()


def _asked(target: Target, seconds: float) -> tuple[float, ...]:
    at_path = Target(target.process, target.port, target.token, _path())
    return (at_path.load(seconds, connections=1).p50 / 1000,)


def by_pandas(file: Path) -> Any:
    command = [sys.executable, "-m", "bench.by_pandas", str(file), str(LEAST_REVENUE)]
    done = subprocess.run(  # noqa: S603  # our own command
        command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=PANDAS_SECONDS
    )
    return json.loads(done.stdout)


def _pandas_seconds(file: Path) -> tuple[float, ...]:
    seconds = by_pandas(file)["seconds"]
    return seconds["reading"], seconds["grouping"]


def same(ours: Any, theirs: Any) -> None:
    """Ends the benchmark where one figure is another: it would compare different things."""
    expected = {(row["industry"], row["currency"]): row for row in theirs["figures"]}
    found = {(row["industry"], row["currency"]): row for row in ours["items"]}
    differ = [key for key in expected.keys() | found.keys() if not _close(found.get(key), expected.get(key))]
    if differ or [ours[name] for name in ("companies", "dropped")] != [theirs[n] for n in ("companies", "dropped")]:
        raise SystemExit(f"bench: pandas and we have different figures, of {sorted(differ)[:3]}")


def _close(ours: Any, theirs: Any) -> bool:
    if ours is None or theirs is None or ours["n"] != theirs["n"]:
        return False
    names = ("revenue", "profit", "profit_mean")
    return all(math.isclose(float(ours[name]), theirs[name], rel_tol=EXACT) for name in names)


def _row(name: str, samples: list[tuple[float, ...]]) -> list[str]:
    grouping = f"{median(one[1] for one in samples) * 1000:,.0f}" if len(samples[0]) > 1 else ""
    return [name, f"{median(sum(one) for one in samples) * 1000:,.1f}", grouping]


def _version() -> str:
    from importlib.metadata import version

    return version("pandas")
