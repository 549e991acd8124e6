"""What a running system shows a scraper, and which questions of the rules and the dashboard find nothing there."""

import asyncio
import re
from collections.abc import Iterable

import promql_parser as promql
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.e2e.system import SERVICES, System
from tests.operate.exported import OF_PROCESSES
from tests.operate.queries import nodes

NEVER_ON_A_GOOD_DAY = frozenset({"rainmaker_worker_restarts_total", *OF_PROCESSES})
"""Loops that died; and what every process shows, under a job that only Prometheus knows."""


async def unanswered(system: System, expressions: Iterable[str]) -> set[str]:
    """The names of the series that some expression asks for, and no service shows; whatever the outcome asked for,
    as those of trouble do not come about.
    """
    shown = [sample for page in await asyncio.gather(*(_scraped(system, name) for name in SERVICES)) for sample in page]
    parts = [node for one in expressions for node in nodes(promql.parse(one))]
    wanted = [node for node in parts if isinstance(node, promql.VectorSelector)]
    return {one.name or "" for one in wanted if not any(_matches(one, sample) for sample in shown)}


async def _scraped(system: System, service: str) -> list[Sample]:
    async with system.client(service) as client:
        page = (await client.get("/metrics")).text
    return [sample for family in text_string_to_metric_families(page) for sample in family.samples]


def _matches(selector: promql.VectorSelector, sample: Sample) -> bool:
    wanted = [one for one in selector.matchers.matchers if one.name != "outcome"]
    return sample.name == selector.name and all(_holds(one, sample) for one in wanted)


def _holds(matcher: promql.Matcher, sample: Sample) -> bool:
    value = sample.labels.get(matcher.name, "")
    if matcher.op in (promql.MatchOp.Re, promql.MatchOp.NotRe):
        matches, positive = re.fullmatch(matcher.value, value) is not None, promql.MatchOp.Re
    else:
        matches, positive = value == matcher.value, promql.MatchOp.Equal
    return matches is bool(matcher.op == positive)
