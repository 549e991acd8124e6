"""Logs: one JSON object per line on standard error. `event` is a fixed phrase; what varies has a field of its own.

Bodies, SQL parameters and the messages of exceptions are never logged: they may hold personal data.
"""

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import nullcontext, suppress
from typing import Any, Literal, TextIO

import orjson
import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.typing import Processor

from shared.telemetry.tracing import current_trace_id

Entry = MutableMapping[str, Any]

TALKATIVE = ("aiokafka", "alembic", "httpx", "httpcore", "sqlalchemy", "asyncio", "uvicorn")
"""Libraries that say much at `info` and little that matters; their warnings are kept."""

OURS = ("shared", "services", "rainmaker")

context = bound_contextvars
"""`with context(request_id=...)`: fields that every line inside carries."""


def configure(*, format: Literal["json", "text"] = "json", level: str = "info", stream: TextIO | None = None) -> None:
    """Our own lines and those of all libraries in one form. May be called again.

    Ours do not pass through `logging`, which costs as much again as the rest of a line.
    """
    ours: list[Processor] = [merge_contextvars, structlog.stdlib.add_log_level, _trace, _time]
    handler = logging.StreamHandler(stream) if stream else _ToStandardError()
    lines = _Lines(handler)
    structlog.configure(
        processors=[*ours, _error, _renderer(format)],
        logger_factory=lambda *_: lines,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_library, *ours],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _error, _renderer(format)],
        )
    )
    _take_over(handler, level.upper())


def log(name: str = "rainmaker") -> Any:
    """A logger: `log().info("lead captured", contact_id=...)`."""
    return structlog.get_logger(name)


class _Lines:
    """Writes each line whole, also beside those of libraries, and never fails: a full disk must not stop the work."""

    def __init__(self, handler: logging.StreamHandler[TextIO]) -> None:
        self._handler = handler

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError), self._handler.lock or nullcontext():  # ValueError: the stream was closed
            self._handler.stream.write(line + "\n")
            self._handler.stream.flush()

    debug = info = warning = error = critical = msg


class _ToStandardError(logging.StreamHandler[TextIO]):
    """Whatever standard error is when a line is written, not when logging was configured."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _: TextIO) -> None:
        raise AttributeError("standard error is set in sys")


def _take_over(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


def _renderer(format: str) -> Any:
    if format == "text":
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), timestamp_key="time")
    return structlog.processors.JSONRenderer(serializer=_as_json)


def _as_json(entry: Entry, **_: Any) -> str:
    try:
        return orjson.dumps(entry, default=str).decode()
    except TypeError:  # a lone surrogate, or an integer beyond 64 bits, in what a library says
        return json.dumps(entry, default=str)


_time = structlog.processors.TimeStamper(fmt="iso", utc=True, key="time")


def _trace(_logger: Any, _method: str, entry: Entry) -> Entry:
    if "trace_id" not in entry and (trace_id := current_trace_id()):
        entry["trace_id"] = trace_id
    return entry


def _library(_logger: Any, _method: str, entry: Entry) -> Entry:
    """A library's line: its own words in `detail`, so that `event` stays a fixed phrase to search for.

    The first line of them only: asyncio appends what an exception said.
    """
    name = entry["_record"].name
    if not name.startswith(OURS):
        entry["detail"], entry["event"] = entry["event"].partition("\n")[0], name
    return entry


def _short(path: str) -> str:
    return "/".join(path.split("/")[-2:])


def _error(_logger: Any, _method: str, entry: Entry) -> Entry:
    """Where it happened and what kind it was, for each exception in the chain; never what it said."""
    raised = entry.pop("exc_info", None)
    if raised:
        raised = raised if isinstance(raised, tuple) else sys.exc_info()
        entry["error"] = described(raised[1])
    elif isinstance(entry.get("error"), BaseException):
        entry["error"] = described(entry["error"])
    return entry


def described(error: BaseException | None) -> str:
    """`TypeError at shared/database/writer.py:81 in commit, because of KeyError at ...`: no word of what it said."""
    parts: list[str] = []
    while error is not None and len(parts) < 5:
        frames = traceback.extract_tb(error.__traceback__)[-1:]
        place = "".join(f" at {_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames)
        parts.append(type(error).__name__ + place)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return ", because of ".join(parts)
