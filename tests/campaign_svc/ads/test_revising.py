"""The rule that settles what stands: it never depends on which report came first."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.ads.revising import digest, metric_id
from services.campaign_svc.ads.settling import Arrival, Settled
from shared.days import is_over
from shared.ids import is_id
from tests.campaign_svc.ads.reports import report

NOW = datetime(2026, 2, 1, tzinfo=UTC)


def read(**changes: Any) -> MetricIn:
    return MetricIn.model_validate(report(**changes))


BEGUN = datetime(2026, 1, 30, 22, tzinfo=UTC)
"""Two hours before the end of the day that the reports are about."""
reports = st.builds(
    lambda hours, clicks: read(as_of=BEGUN + timedelta(hours=hours), clicks=clicks),
    st.integers(0, 4),
    st.integers(0, 3),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(reports, min_size=1, max_size=4))
def test_what_stands_is_the_same_in_every_order(sent: list[MetricIn]) -> None:
    stands = set()
    for order in itertools.permutations(sent):
        settled = Settled("met").apply(Arrival.of(index, metric, NOW) for index, metric in enumerate(order))
        assert settled.claim is not None
        stands.add((settled.claim.as_of, settled.claim.digest))
    assert len(stands) == 1
    [(as_of, standing)] = stands
    latest = max(metric.as_of for metric in sent if metric.as_of)
    assert (as_of, standing) == (latest, max(digest(metric) for metric in sent if metric.as_of == latest))


@settings(max_examples=200, deadline=None)
@given(st.lists(reports, min_size=1, max_size=4))
def test_what_is_stated_last_tells_in_every_order_whether_the_day_was_over(sent: list[MetricIn]) -> None:
    for order in itertools.permutations(sent):
        settled = Settled("met").apply(Arrival.of(index, metric, NOW) for index, metric in enumerate(order))
        assert settled.claim is not None and settled.latest is not None
        stated = settled.latest.claim
        assert stated.digest == settled.claim.digest
        assert is_over(sent[0].day, stated.as_of) == is_over(sent[0].day, settled.claim.as_of)
    assert [step.sequence for step in settled.steps if step.sequence] == list(range(1, settled.version + 1))


def test_a_report_without_a_time_is_true_at_the_time_of_the_transaction() -> None:
    assert Arrival.of(0, read(as_of=None), NOW).claim.as_of == NOW


def test_an_id_is_made_of_the_key_alone_and_written_like_any_other() -> None:
    first = metric_id(read(dimensions={"age": "30-34", "gender": "F"}))
    assert is_id(first, "met_")
    assert first == metric_id(read(dimensions={"gender": "F", "age": "30-34"}, clicks=0, as_of=None))
    others = [read(ad="F"), read(account="F"), read(dimensions={"a": "b"}), read(dimensions={"a": "b", "c": "d"})]
    assert len({first, *map(metric_id, others)}) == 5


def test_a_figure_has_one_spelling() -> None:
    spellings: list[Any] = [2, "2", "2.0", "2.000000000"]
    assert len({digest(read(conversions={"lead": number})) for number in spellings}) == 1
    amounts = ["12.5", "12.50", "12.500000000"]
    assert len({digest(read(spend={"amount": amount, "currency": "eur"})) for amount in amounts}) == 1
    assert digest(read(clicks=0)) != digest(read(clicks=None))
