"""Traces: what goes out as `traceparent` comes back as the parent, and nothing personal is kept in a span."""

import pytest

from shared.telemetry import tracing
from tests.shared.telemetry.spans import Kept

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_span_with_a_parent_carries_its_trace_on() -> None:
    with tracing.span("work", parent=PARENT):
        assert tracing.current_trace_id() == "0af7651916cd43dd8448eb211c80319c"
        assert tracing.traceparent() != PARENT


def test_a_trace_that_its_beginner_does_not_sample_stays_so() -> None:
    with tracing.span("work", parent=f"{PARENT[:-2]}00"):
        assert str(tracing.traceparent()).endswith("-00")


def test_a_span_inside_a_span_is_of_the_same_trace() -> None:
    with tracing.span("outer"):
        outer = tracing.current_trace_id()
        with tracing.span("inner"):
            assert tracing.current_trace_id() == outer


def test_outside_a_span_there_is_no_trace() -> None:
    assert tracing.traceparent() is None
    assert tracing.current_trace_id() is None


@pytest.mark.parametrize("header", ["", "nonsense", PARENT.upper(), PARENT.replace("0af7", "zzzz"), f"ff{PARENT[2:]}"])
def test_a_malformed_parent_starts_a_new_trace(header: str) -> None:
    assert tracing.trace_id(header) is None
    with tracing.span("work", parent=header):
        assert tracing.current_trace_id() is not None


def test_a_batch_links_to_the_traces_of_its_events(kept: Kept) -> None:
    with tracing.span("handle", links=[PARENT, "nonsense"]):
        pass
    (link,) = kept.spans[0].links
    assert f"{link.context.trace_id:032x}" == tracing.trace_id(PARENT)


def test_an_exception_is_noted_by_its_type_and_not_by_its_words(kept: Kept) -> None:
    with pytest.raises(ValueError, match="jane@doe"), tracing.span("work"):
        raise ValueError("jane@doe.example")
    assert "ValueError" in kept.spans[0].to_json()
    assert "jane@doe" not in kept.spans[0].to_json()
