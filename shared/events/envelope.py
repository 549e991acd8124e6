"""The CloudEvents 1.0.2 envelope, checked by ourselves: what passes here is a CloudEvent, what does not is `Malformed`.

Binary mode puts attributes in headers (`ce_` on Kafka, `ce-` over HTTP) and data in the body; structured mode puts
both in one JSON object. No sentence of `Malformed` repeats a value: it ends up in logs, and data may be about a person.
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import orjson

from shared.types import rfc3339

STRUCTURED = "application/cloudevents+json"

_NAME = re.compile(r"[a-z0-9]{1,50}")
_USUAL = frozenset({"sequence", "cause", "depth", "recordedat", "traceparent", "partitionkey"})
_URI_CHARACTERS = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]*"
URI_REFERENCE = re.compile(rf"{_URI_CHARACTERS}(?:%[0-9A-Fa-f]{{2}}{_URI_CHARACTERS})*")
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # noqa: S105 (a token of RFC 9110, not a secret)
_MEDIA_TYPE = re.compile(rf'({_TOKEN}/{_TOKEN})(?:[ \t]*;[ \t]*{_TOKEN}=(?:{_TOKEN}|"(?:[^"\\]|\\.)*"))*')
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


class Malformed(Exception):
    """Not a CloudEvent that we could read. The text is a sentence that names the attribute and what was expected."""


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """`attributes` by name without prefix, `datacontenttype` among them; `data` as JSON, text, bytes or nothing."""

    attributes: dict[str, Any]
    data: Any = field(default=None)

    @classmethod
    def from_binary(cls, headers: Mapping[str, str], body: bytes, *, prefix: str = "ce-") -> "CloudEvent":
        if prefix == "ce-":
            headers = {name.lower(): _from_http(value) for name, value in headers.items()}
        cut = len(prefix)
        attributes: dict[str, Any] = {name[cut:]: text for name, text in headers.items() if name.startswith(prefix)}
        if "data" in attributes or "datacontenttype" in attributes:
            raise Malformed("in binary mode data is the body and its type the header content-type, not an attribute")
        if content_type := headers.get("content-type"):
            attributes["datacontenttype"] = content_type
        _check(attributes)
        return cls(attributes, _read(body, content_type) if body else None)

    @classmethod
    def from_structured(cls, body: bytes | str) -> "CloudEvent":
        event = read_json(body)
        if not isinstance(event, dict):
            raise Malformed("a structured CloudEvent must be one JSON object")
        data, encoded = event.pop("data", None), event.pop("data_base64", None)
        if data is not None and encoded is not None:
            raise Malformed("a CloudEvent has data or data_base64, never both")
        return cls(validate(event), data if encoded is None else _from_base64(encoded))

    def structured(self) -> bytes:
        """The one JSON object, of media type `application/cloudevents+json`."""
        if isinstance(self.data, bytes):
            return orjson.dumps({**self.attributes, "data_base64": base64.b64encode(self.data).decode()})
        return orjson.dumps({**self.attributes, **({} if self.data is None else {"data": self.data})})


def validate(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that are set; raises `Malformed` for the first that breaks the specification."""
    kept = {name: value for name, value in attributes.items() if value is not None}
    _check(kept)
    return kept


def _check(attributes: Mapping[str, Any]) -> None:
    for name in ("specversion", "id", "source", "type"):
        if name not in attributes:
            raise Malformed(f"a CloudEvent needs the attribute {name}")
    for name, value in attributes.items():
        check = _CORE.get(name)
        if check is None:
            _extension(name, value)
        elif not isinstance(value, str) or not value or not check(value):
            raise Malformed(f"{name} must be {_EXPECTED[name]}")


def media_type(text: str) -> str:
    """`type/subtype` in lower case, or an empty text where the input is no RFC 2046 media type."""
    return _media_type(text) if len(text) <= 200 else ""


@lru_cache(256)
def _media_type(text: str) -> str:
    found = _MEDIA_TYPE.fullmatch(text.strip())
    return found[1].lower() if found else ""


def is_json(content_type: str) -> bool:
    kind = media_type(content_type)
    return kind in ("application/json", "text/json") or kind.endswith("+json")


def read_json(body: bytes | str) -> Any:
    """Strict JSON: no NaN, no lone surrogate, UTF-8."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Malformed("the body must be JSON in UTF-8, without NaN and lone surrogates") from None


def _read(body: bytes, content_type: str | None) -> Any:
    if content_type is None:
        return body
    if is_json(content_type):
        return read_json(body)
    if not content_type.lower().startswith("text/"):
        return body
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Malformed("a text body must be UTF-8") from None


def _from_http(value: str) -> str:
    """HTTP headers carry what is not printable ASCII percent-encoded."""
    try:
        return unquote(value, errors="strict") if "%" in value else value
    except UnicodeDecodeError:
        raise Malformed("percent-encoded headers must be UTF-8") from None


def _from_base64(encoded: Any) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (TypeError, ValueError):
        raise Malformed("data_base64 must be a text in base64") from None


def _extension(name: str, value: Any) -> None:
    if name not in _USUAL and not _NAME.fullmatch(name):
        raise Malformed("names of attributes are made of lower-case letters a-z and digits")
    if isinstance(value, str):
        if not _printable(value):
            raise Malformed(f"{name} must not contain control characters")
    elif not isinstance(value, int) or not -(2**31) <= value < 2**31:
        raise Malformed(f"{name} must be a text, a boolean or an integer of 32 bits")


def _printable(text: str) -> bool:
    return (text.isascii() and text.isprintable()) or not _FORBIDDEN.search(text)


def _is_uri_reference(text: str) -> bool:
    return bool(URI_REFERENCE.fullmatch(text))


def _is_time(text: str) -> bool:
    try:
        return bool(rfc3339(text))
    except ValueError:
        return False


_CORE: dict[str, Callable[[str], bool]] = {
    "specversion": lambda text: text == "1.0",
    "id": _printable,
    "source": _is_uri_reference,
    "type": _printable,
    "subject": _printable,
    "time": _is_time,
    "datacontenttype": lambda text: bool(media_type(text)),
    # The specification asks for an absolute URI; ours are relative, for no host is theirs, so a reference will do.
    "dataschema": _is_uri_reference,
}
_EXPECTED = {
    "specversion": "1.0",
    "id": "a text that is not empty",
    "source": "a URI reference that is not empty",
    "type": "a text that is not empty",
    "subject": "a text that is not empty, or absent",
    "time": "an RFC 3339 time with seconds and offset, such as 2026-01-31T09:30:00Z",
    "datacontenttype": "an RFC 2046 media type such as application/json",
    "dataschema": "a URI that is not empty, or absent",
}
