"""Facts in our own form: `encode` writes one for the bus (Kafka binding, binary mode), `read_ours` reads it back.

Nearly all that is read was written by `encode`, and needs few of the questions that are asked of a CloudEvent from
anywhere (`shared.events.cloudevents`). The promise: what `read_ours` gives is what those questions would have led to,
and of all that is not of exactly our form it says None.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import orjson

from shared.bus import Message
from shared.events import ENVELOPE, Event, as_path
from shared.events.envelope import URI_REFERENCE
from shared.types import zulu

MAX_ID = 255
TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

_FORM = ("ce_type", "ce_dataschema", "ce_specversion", "content-type")
_STATED = ("ce_id", "ce_source", "ce_subject", "ce_time", "ce_sequence", "ce_depth", "ce_recordedat")
_HEADERS = frozenset({*_FORM, *_STATED, "ce_cause", "ce_traceparent"})
_WRITTEN = re.compile(  # id, subject, source, sequence, depth; cause and trace, which may be absent
    rf"[ -~]{{1,{MAX_ID}}}\n[ -~]+\n(?!\n){URI_REFERENCE.pattern}\n00[0-9]{{18}}\n[0-9]{{1,9}}\n"
    rf"[ -~]{{0,{MAX_ID}}}\n(?:{TRACEPARENT.pattern})?"
)
_OF_THE_MOMENT = frozenset({"ce_time", "ce_recordedat", "ce_traceparent"})


@dataclass(frozen=True, slots=True)
class Wire:
    """What the hot path needs of a class, worked out once."""

    fields: frozenset[str]
    path: str
    constant: dict[str, str]
    write: Callable[..., bytes]
    read: Callable[[dict[str, Any]], Event]


_KNOWN: dict[tuple[str, ...], Wire] = {}
"""By what the headers of `_FORM` say, in that order."""


@cache
def wire_of(event: type[Event]) -> Wire:
    constant = {
        "ce_specversion": "1.0",
        "ce_type": event.TYPE,
        "ce_dataschema": f"/schemas/{event.TYPE}/{event.VERSION}",
        "content-type": "application/json",
    }
    read, write = event.__pydantic_validator__.validate_python, event.__pydantic_serializer__.to_json
    wire = Wire(frozenset(event.data_fields()), event.path(), constant, write, read)
    return _KNOWN.setdefault(tuple(constant[name] for name in _FORM), wire)


def encode(
    event: Event, *, cause: str | None = None, depth: int = 0, traceparent: str | None = None, recorded_at: datetime
) -> Message:
    """The event as it leaves. `cause`, `depth` and `traceparent` of the moment win over what the event carries."""
    wire, subject = wire_of(type(event)), event.subject
    headers = wire.constant.copy()
    headers["ce_id"] = event.id
    headers["ce_source"] = wire.path + as_path(subject)
    headers["ce_subject"] = subject
    headers["ce_recordedat"] = stored = zulu(recorded_at)
    headers["ce_time"] = stored if event.occurred_at is recorded_at else zulu(event.occurred_at)  # most became true now
    headers["ce_sequence"] = f"{event.sequence:020d}"  # readers compare it as text, so all are of one length
    headers["ce_depth"] = str(depth or event.depth)
    if cause := cause or event.cause:
        headers["ce_cause"] = cause
    if traceparent := traceparent or event.traceparent:
        headers["ce_traceparent"] = traceparent
    return Message(event.TOPIC, event.key, wire.write(event, exclude=ENVELOPE), headers)


class Draft(NamedTuple):
    """A first fact about something new, worked out before the transaction that makes it true, which adds when that was.

    `headers` are JSON without the closing brace.
    """

    event_id: str
    topic: str
    key: str
    value: bytes
    headers: str


def drafted(event: Event) -> Draft:
    """When it occurred, was recorded, and its trace are left out."""
    message = encode(event, recorded_at=event.occurred_at)
    headers = {name: text for name, text in message.headers.items() if name not in _OF_THE_MOMENT}
    return Draft(event.id, message.topic, message.key, message.value, orjson.dumps(headers)[:-1].decode())


def moment(at: datetime, traceparent: str | None) -> str:
    """What ends the headers of drafts that become true at this time."""
    headers = {"ce_time": zulu(at), "ce_recordedat": zulu(at)} | (
        {"ce_traceparent": traceparent} if traceparent else {}
    )
    return "," + orjson.dumps(headers)[1:].decode()


def read_ours(message: Message) -> Event | None:
    """The fact in a message of exactly our form, or None: then it may still be one, look closer."""
    headers = message.headers
    try:
        wire = _KNOWN[headers["ce_type"], headers["ce_dataschema"], headers["ce_specversion"], headers["content-type"]]
        if not _as_written(headers):
            return None
        values = orjson.loads(message.value)
        if type(values) is not dict or not values.keys() <= wire.fields:
            return None
        values["id"] = headers["ce_id"]
        values["occurred_at"] = headers["ce_time"]
        values["sequence"] = int(headers["ce_sequence"])
        values["depth"] = int(headers["ce_depth"])
        values["cause"] = headers.get("ce_cause")
        values["recorded_at"] = headers["ce_recordedat"]
        values["traceparent"] = headers.get("ce_traceparent") or None
        return wire.read(values)
    except (KeyError, ValueError):  # an attribute is absent, the body is no JSON, a field does not fit
        return None


def _as_written(headers: dict[str, str]) -> bool:
    """Whether no attribute needs a closer look. The two times are left to the fields that they become."""
    cause, trace = headers.get("ce_cause", ""), headers.get("ce_traceparent", "")
    text = (
        f"{headers['ce_id']}\n{headers['ce_subject']}\n{headers['ce_source']}\n"
        f"{headers['ce_sequence']}\n{headers['ce_depth']}\n{cause}\n{trace}"
    )
    return headers.keys() <= _HEADERS and _WRITTEN.fullmatch(text) is not None
