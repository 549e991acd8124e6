"""The AsyncAPI document as a page for people, under `/asyncapi`: made on the server, nothing fetched from elsewhere."""

import html
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from starlette.responses import HTMLResponse

from shared.bus import is_inbound

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
Json = Mapping[str, Any]


def _from_outside(operation: Json) -> bool:
    return operation["action"] == "receive" and is_inbound(_last(operation["channel"]))


def _stated(operation: Json) -> bool:
    return bool(operation["action"] == "send")


def _from_siblings(operation: Json) -> bool:
    return not (_from_outside(operation) or _stated(operation))


SECTIONS = {
    "What other systems may send": _from_outside,
    "What it states": _stated,
    "What it takes from its siblings": _from_siblings,
}

_HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<title>{title}</title><link rel="stylesheet" href="/docs/assets/asyncapi.css">'
    '<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png"></head><body><main>'
)


def page(document: Json) -> HTMLResponse:
    body = "".join(_parts(document))
    return HTMLResponse(body, headers={"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"})


def _parts(document: Json) -> Iterator[str]:
    info = document["info"]
    yield _HEAD.format(title=_safe(info["title"]))
    yield f"<h1>{_safe(info['title'])} <small>{_safe(info['version'])}</small></h1><p>{_prose(info['description'])}</p>"
    yield '<p><a href="/asyncapi.json">asyncapi.json</a> · <a href="/docs">HTTP operations</a></p>'
    operations = list(document["operations"].values())
    for title, belongs in SECTIONS.items():
        if found := [operation for operation in operations if belongs(operation)]:
            yield f"<h2>{title}</h2>"
            for operation in found:
                yield from _topic(document, operation)
    yield "</main></body></html>"


def _topic(document: Json, operation: Json) -> Iterator[str]:
    topic = _last(operation["channel"])
    channel = document["channels"][topic]
    kafka = channel["bindings"]["kafka"]
    days = kafka["topicConfiguration"]["retention.ms"] / 86_400_000
    yield f'<section><h3 id="{operation["action"]}-{_safe(topic)}"><code>{_safe(topic)}</code></h3>'
    yield f"<p>{_prose(channel['description'])} {kafka['partitions']} partitions, kept for {days:g} days.</p>"
    for reference in operation["messages"]:
        yield from _message(document, document["components"]["messages"][_last(reference)])
    yield "</section>"


def _message(document: Json, message: Json) -> Iterator[str]:
    reference = _last(message["payload"])
    schema = document["components"]["schemas"][reference]
    envelope = document["components"]["messageTraits"][_last(message["traits"][0])]["headers"]
    type_, _, major = reference.rpartition(".")
    yield f"<article><h4><code>{_safe(message['name'])}</code></h4>"
    yield from (f"<p>{_prose(message[part])}</p>" for part in ("summary", "description") if part in message)
    yield f"<p>Key: {_prose(message['bindings']['kafka']['key']['description'])}</p>"
    yield from _table("Data", schema.get("properties", {}), schema.get("required", ()))
    yield f"<p>Schema: <code>/schemas/{_safe(type_)}/{_safe(major)}</code></p><details><summary>Headers</summary>"
    yield from _table("Header", envelope["properties"], envelope["required"])
    yield "</details>"
    for example in message["examples"]:
        text = orjson.dumps(example["payload"], option=orjson.OPT_INDENT_2).decode()
        yield f"<details><summary>Example</summary><pre>{_safe(text)}</pre></details>"
    yield "</article>"


def _table(title: str, properties: Json, required: Any) -> Iterator[str]:
    yield f"<table><thead><tr><th>{title}<th>Type<th></tr></thead><tbody>"
    for name, schema in properties.items():
        needed = " <strong>required</strong>" if name in required else ""
        about = _prose(schema.get("description", ""))
        yield f"<tr><td><code>{_safe(name)}</code>{needed}<td>{_safe(_kind(schema))}<td>{about}</tr>"
    yield "</tbody></table>"


def _kind(schema: Any) -> str:
    """A schema in few words: `text`, `list of text`, `text or null`."""
    if not isinstance(schema, dict):
        return "anything"
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition(".")[2]
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"]))
    if "const" in schema or "enum" in schema:
        return ", ".join(map(str, schema.get("enum", [schema.get("const")])))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items'))}"
    if schema.get("type") == "object":
        return f"object of {_kind(schema.get('additionalProperties'))}"
    kind = {"string": "text", "boolean": "true or false"}.get(str(schema.get("type")), str(schema.get("type")))
    return f"{kind} ({schema['format']})" if "format" in schema else kind


def _last(reference: Json) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _safe(text: object) -> str:
    return html.escape(str(text))


def _prose(text: str) -> str:
    """Escaped, with what stands in backticks as code."""
    parts = _safe(text).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
