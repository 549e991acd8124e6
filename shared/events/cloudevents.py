"""Facts from CloudEvents of any form, binary or structured, over the bus or HTTP.

The envelope is believed, never the data: what the body says under an envelope's name is dropped. What is not a
CloudEvent of ours is `Malformed`, a type nobody here knows `UnknownType`, a major version nobody here reads
`UnknownVersion`.
"""

import re
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from shared.bus import Message
from shared.events import REGISTRY, Event
from shared.events.envelope import STRUCTURED, CloudEvent, Malformed, is_json, read_json
from shared.events.wire import MAX_ID, TRACEPARENT, read_ours, wire_of
from shared.types import rfc3339

DATASCHEMA = re.compile(r".*/schemas/([^/]+)/([0-9]{1,4})")
_NUMBER = re.compile(r"[0-9]{1,20}")


class UnknownType(Exception):
    """A fact nobody here has a class for. New facts may appear at any time: skip it and count it."""


class UnknownVersion(Exception):
    """A known fact in a major version that nobody here can read: set it aside until somebody can."""


def decode(message: Message) -> Event:
    """The event that a message carries. Raises `Malformed`, `UnknownType` or `UnknownVersion`."""
    return read_ours(message) or from_cloud_event(received(message))


def received(message: Message) -> CloudEvent:
    """The envelope and data of a message in either mode of the Kafka binding. Raises `Malformed`."""
    if message.headers.get("content-type", "")[: len(STRUCTURED)].lower() == STRUCTURED:
        return CloudEvent.from_structured(message.value)
    return CloudEvent.from_binary(message.headers, message.value, prefix="ce_")


def from_cloud_event(arrived: CloudEvent) -> Event:
    """The fact in a CloudEvent, also one that came over HTTP."""
    envelope = arrived.attributes
    wire = wire_of(_class_of(envelope["type"], envelope.get("dataschema")))
    body = data_of(arrived)
    values = {name: body[name] for name in wire.fields if name in body}
    _add_envelope(values, envelope)
    try:
        return wire.read(values)
    except ValidationError as error:
        raise Malformed(_sentence(error)) from None


def _class_of(type_: str, dataschema: str | None) -> type[Event]:
    found = DATASCHEMA.fullmatch(dataschema) if dataschema else None
    if event := REGISTRY.get((type_, int(found[2]) if found else 1)):
        if dataschema and (not found or found[1] != type_):
            raise Malformed("dataschema must end in /schemas/<type>/<major version>, with the type of the event")
        return event
    if any(known == type_ for known, _ in REGISTRY):
        raise UnknownVersion(f"{type_} is known, but not in the major version that its dataschema names")
    raise UnknownType("no class is registered for the type of this event")


def data_of(arrived: CloudEvent) -> dict[str, Any]:
    """The JSON object that it carries, also where that came as bytes. Raises `Malformed`."""
    data, content_type = arrived.data, arrived.attributes.get("datacontenttype")
    if isinstance(data, bytes) and (content_type is None or is_json(content_type)):
        data = read_json(data)
    if not isinstance(data, dict):
        raise Malformed("the data of a fact must be a JSON object, of content type application/json")
    return data


def _add_envelope(values: dict[str, Any], envelope: dict[str, Any]) -> None:
    if len(envelope["id"]) > MAX_ID:
        raise Malformed(f"id must have at most {MAX_ID} characters")
    if "time" not in envelope:
        raise Malformed("a fact needs the attribute time: when it was true")
    values["id"] = envelope["id"]
    values["occurred_at"] = envelope["time"]
    values["sequence"] = _number(envelope, "sequence", 2**63)
    values["depth"] = _number(envelope, "depth", 2**31)
    values["cause"] = str(envelope["cause"])[:MAX_ID] if "cause" in envelope else None
    values["recorded_at"] = _moment(envelope, "recordedat")
    values["traceparent"] = _trace(envelope.get("traceparent"))


def _number(envelope: dict[str, Any], name: str, below: int) -> int:
    """Sent as digits; a fact from elsewhere may have none, and then it is the first of its kind: 0."""
    text = str(envelope.get(name, 0))
    if not _NUMBER.fullmatch(text) or (number := int(text)) >= below:
        raise Malformed(f"{name} must be a number in decimal digits below {below}")
    return number


def _moment(envelope: dict[str, Any], name: str) -> datetime | None:
    if name not in envelope:
        return None
    try:
        return rfc3339(str(envelope[name]))
    except ValueError:
        raise Malformed(f"{name} must be an RFC 3339 time with seconds and offset") from None


def _trace(text: object) -> str | None:
    """A trace that cannot be read is no reason to refuse a fact."""
    return text if isinstance(text, str) and TRACEPARENT.fullmatch(text) else None


def _sentence(error: ValidationError) -> str:
    """Which fields, and what was expected of them, without any value."""
    found = error.errors(include_input=False, include_context=False, include_url=False)
    named = [f"{'.'.join(map(str, one['loc'])) or 'data'}: {_expected(one)}" for one in found[:5]]
    return "the data does not fit its schema: " + "; ".join(named)


def _expected(one: Any) -> str:
    return "unknown kind" if one["type"] == "union_tag_invalid" else str(one["msg"])  # pydantic quotes the tag
