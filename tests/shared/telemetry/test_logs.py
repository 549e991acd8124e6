"""Logs: one JSON object per line, with a fixed phrase, and without what exceptions and libraries may give away."""

import io
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from shared.telemetry import logs
from shared.telemetry.tracing import span, trace_id, traceparent


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    logs.configure(stream=stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_when_what_and_in_which_trace(stream: io.StringIO) -> None:
    with span("request"), logs.context(request_id="req_1"):
        logs.log().info("lead captured", service="customer", contact_id="con_1")
        expected = trace_id(traceparent())
    (line,) = lines(stream)
    assert line.pop("time").endswith("Z")
    assert line == {
        "event": "lead captured",
        "level": "info",
        "service": "customer",
        "contact_id": "con_1",
        "request_id": "req_1",
        "trace_id": expected,
    }


def test_an_exception_is_logged_by_type_and_place_and_not_by_its_words(stream: io.StringIO) -> None:
    try:
        try:
            raise KeyError("jane@doe.example")
        except KeyError as error:
            raise RuntimeError("of Jane Doe") from error
    except RuntimeError:
        logs.log().exception("handler failed")
        logging.getLogger("shared.database.writer").exception("writer failed")
        logging.getLogger("sqlalchemy").exception("it failed")
    written = lines(stream)
    assert [line["event"] for line in written] == ["handler failed", "writer failed", "sqlalchemy"]
    for line in written:
        assert line["error"].startswith("RuntimeError at telemetry/test_logs.py:")
        assert "because of KeyError at" in line["error"]
    assert "jane" not in stream.getvalue().lower()


def test_lines_of_libraries_pass_through_the_same_formatter(stream: io.StringIO) -> None:
    logging.getLogger("aiokafka.producer").warning("no leader for %s", "customer-contacts")
    logging.getLogger("aiokafka.producer").info("chatter")
    (line,) = lines(stream)
    assert (line["event"], line["detail"]) == ("aiokafka.producer", "no leader for customer-contacts")


def test_what_asyncio_appends_of_an_exception_is_cut_off(stream: io.StringIO) -> None:
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: ValueError('jane@doe.example')")
    assert lines(stream)[0]["detail"] == "Task exception was never retrieved"
    assert "jane" not in stream.getvalue()


def test_text_is_for_terminals(stream: io.StringIO) -> None:
    logs.configure(format="text", stream=stream)
    logs.log().info("lead captured", service="customer")
    assert "lead captured" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


class Slow(io.StringIO):
    """Takes a line bit by bit, as a pipe may."""

    def write(self, text: str) -> int:
        for start in range(0, len(text), 9):
            super().write(text[start : start + 9])
            time.sleep(0)
        return len(text)


class Full(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_lines_of_several_threads_ours_and_of_libraries_are_whole(stream: io.StringIO) -> None:
    def repeated(say: Callable[..., object], line: str) -> None:
        for _ in range(50):
            say(line)

    slow = Slow()
    logs.configure(stream=slow)
    library = logging.getLogger("library").info
    ours = [threading.Thread(target=repeated, args=(logs.log().info, "ours")) for _ in range(3)]
    theirs = threading.Thread(target=repeated, args=(library, "theirs"))
    for thread in [*ours, theirs]:
        thread.start()
    for thread in [*ours, theirs]:
        thread.join()
    assert len(lines(slow)) == 200


def test_a_disk_without_room_for_a_line_stops_nobody(stream: io.StringIO) -> None:
    logs.configure(stream=Full())
    logs.log().error("inbox waits")
