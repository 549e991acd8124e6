"""One trace follows a fact through HTTP, outbox, bus and due work, as a W3C `traceparent`.

Spans go to whatever processor `export_to` was given; without one they only carry the ids, and cost a few microseconds.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, StatusCode, TraceFlags
from opentelemetry.util.types import AttributeValue

SAMPLED = TraceFlags(TraceFlags.SAMPLED)

_SHAPE = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")

_provider = TracerProvider()
_tracer = _provider.get_tracer("rainmaker")
_ids = RandomIdGenerator()
_exporters: list[SpanProcessor] = []


def export_to(processor: SpanProcessor) -> None:
    """Hand every span that ends from now on to an OpenTelemetry span processor."""
    _exporters.append(processor)
    _provider.add_span_processor(processor)


def traceparent() -> str | None:
    """The current span in W3C form, for an event, a due row or a request to a sibling."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def trace_id(traceparent: str | None) -> str | None:
    """The 32 hexadecimal digits that name the trace, or None where the header is absent or malformed."""
    found = _SHAPE.fullmatch(traceparent or "")
    return found[1] if found else None


def current_trace_id() -> str | None:
    """The name of the trace that this code runs in."""
    return trace_id(traceparent())


@contextmanager
def span(
    name: str, *, parent: str | None = None, links: Sequence[str] = (), **attributes: AttributeValue
) -> Iterator[Span]:
    """A span named by a fixed phrase: child of `parent`, else of the current span, else a new trace.

    A malformed parent or link is ignored, as W3C asks. An exception is noted by its type: its message may hold data.
    """
    if not _exporters:
        with trace.use_span(_unrecorded(_context(parent)), record_exception=False, set_status_on_exception=False) as it:
            yield it
        return
    with _tracer.start_as_current_span(
        name,
        context=None if (above := _context(parent)) is None else trace.set_span_in_context(NonRecordingSpan(above)),
        links=[Link(context) for link in links if (context := _context(link))],
        attributes=attributes or None,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except Exception as error:
            current.set_status(StatusCode.ERROR, type(error).__name__)
            raise


def _unrecorded(parent: SpanContext | None) -> Span:
    """The ids of a span that nobody will see: a whole one costs ten times as much, several times for every fact."""
    above = parent or trace.get_current_span().get_span_context()
    number, flags = (above.trace_id, above.trace_flags) if above.is_valid else (_ids.generate_trace_id(), SAMPLED)
    return NonRecordingSpan(SpanContext(number, _ids.generate_span_id(), is_remote=False, trace_flags=flags))


def _context(traceparent: str | None) -> SpanContext | None:
    found = _SHAPE.fullmatch(traceparent or "")
    if not found:
        return None
    return SpanContext(int(found[1], 16), int(found[2], 16), is_remote=True, trace_flags=TraceFlags(int(found[3], 16)))
