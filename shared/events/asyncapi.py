"""The AsyncAPI document of a service: what it states and what it takes, made from the classes of the facts alone.

A fact that the service owns is *sent*, one that it handles or that others may submit is *received*. Envelope and
partition key are said once, as traits; data by the same JSON Schema that `/schemas/<type>/<major>` serves.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from inspect import cleandoc
from typing import Any

from shared import VERSION
from shared.bus import is_inbound, retention_of
from shared.events import Event, schema_of

Json = dict[str, Any]

BINDING = "0.5.0"
_TEXT: Json = {"type": "string"}
_MOMENT: Json = {"type": "string", "format": "date-time"}

_NEEDED: Json = {
    "ce_specversion": {"type": "string", "const": "1.0"},
    "ce_id": _TEXT | {"description": "With `ce_source` it names this message: the pair has its effect once."},
    "ce_source": _TEXT | {"format": "uri-reference"},
    "ce_type": _TEXT,
}
_OURS: Json = _NEEDED | {
    "ce_subject": _TEXT | {"description": "The id of the aggregate."},
    "ce_time": _MOMENT | {"description": "When it was true."},
    "ce_dataschema": _TEXT | {"description": "Where any of our services serves the schema: `/schemas/<type>/<major>`."},
    "ce_sequence": _TEXT
    | {"pattern": "^[0-9]{20}$", "description": "The version of the aggregate; grows within one `ce_source`."},
    "ce_recordedat": _MOMENT | {"description": "When it was stored."},
    "ce_depth": _TEXT | {"pattern": "^[0-9]+$", "description": "How many facts led to this one."},
    "ce_cause": _TEXT | {"description": "The id of the fact that led to this one."},
    "ce_traceparent": _TEXT | {"description": "W3C trace context."},
    "content-type": {"type": "string", "const": "application/json"},
}
_THEIRS: Json = _NEEDED | {
    "ce_time": _MOMENT | {"description": "When it was true; now, if absent."},
    "ce_dataschema": _TEXT,
    "ce_traceparent": _TEXT | {"description": "W3C trace context."},
    "content-type": _TEXT | {"description": "`application/json`; a charset other than UTF-8 cannot be read."},
}

_ABOUT = (
    "Facts and submissions are CloudEvents 1.0 in the Kafka protocol binding. We send binary mode (attributes as "
    "headers `ce_*`, data as value) and read binary and structured mode (`application/cloudevents+json`). Facts only "
    "grow: a reader ignores fields that it does not know. A fact may come twice; `ce_id` tells."
)
_STATES = "A fact leaves with the change that it tells of, or not at all; what has one key leaves in order."
_TAKES = "A fact has its effect once, however often it is read."
_INBOUND = (
    "Other systems write here. The key may be anything or nothing: what has one key is taken in the order it was sent. "
    "A pair of `ce_source` and `ce_id` has its effect once. What cannot be taken is set aside, sealed, with the "
    "reason, and the next is handled."
)


def document(service: str, sends: Sequence[type[Event]], receives: Sequence[type[Event]], partitions: int) -> Json:
    """AsyncAPI 3.0 as JSON. The same classes give the same document."""
    topics = _by_topic([*sends, *receives])
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:rainmaker:{service}",
        "info": {
            "title": f"Rainmaker {service}, on the bus",
            "version": VERSION,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "contact": {"name": "The operators of this service"},
            "tags": [{"name": service}],
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {topic: _channel(topic, events, partitions) for topic, events in topics.items()},
        "operations": _operations(service, "send", sends) | _operations(service, "receive", receives),
        "components": {
            "messages": {_name(event): _message(event) for events in topics.values() for event in events},
            "messageTraits": {_trait(topic): _envelope(topic) for topic in topics},
            "schemas": _schemas(topics.values()),
            "securitySchemes": {"scram": {"type": "scramSha512", "description": "User and password, SCRAM-SHA-512."}},
        },
    }


def _by_topic(events: Iterable[type[Event]]) -> dict[str, list[type[Event]]]:
    found: defaultdict[str, dict[str, type[Event]]] = defaultdict(dict)
    for event in events:
        found[event.TOPIC][_name(event)] = event
    return {topic: [named[name] for name in sorted(named)] for topic, named in sorted(found.items())}


def _name(event: type[Event]) -> str:
    return f"{event.TYPE}.{event.VERSION}"


def _servers() -> Json:
    where = {"default": "localhost:9092", "description": "Host and port of a broker, as in BUS_URL."}
    about: Json = {"host": "{bootstrap}", "variables": {"bootstrap": where}}
    about["bindings"] = {"kafka": {"bindingVersion": BINDING}}
    return {
        "kafka": about | {"protocol": "kafka", "description": "A broker in a closed network."},
        "kafka-secure": about
        | {
            "protocol": "kafka-secure",
            "description": "A broker that asks who comes, over TLS (SASL_SSL).",
            "security": [{"$ref": "#/components/securitySchemes/scram"}],
        },
    }


def _channel(topic: str, events: Sequence[type[Event]], partitions: int) -> Json:
    owner, _, plural = topic.partition("-")
    keeping = {"cleanup.policy": ["delete"], "retention.ms": int(retention_of(topic) * 1000)}
    return {
        "address": topic,
        "title": plural.replace("-", " ").capitalize(),
        "description": _INBOUND if is_inbound(topic) else f"Facts that {owner} states.",
        "servers": [{"$ref": "#/servers/kafka"}, {"$ref": "#/servers/kafka-secure"}],
        "messages": {_name(event): {"$ref": f"#/components/messages/{_name(event)}"} for event in events},
        "bindings": {
            "kafka": {
                "topic": topic,
                "partitions": partitions,
                "topicConfiguration": keeping,
                "bindingVersion": BINDING,
            }
        },
    }


def _operations(service: str, action: str, events: Sequence[type[Event]]) -> Json:
    return {
        f"{action}.{topic}": _operation(service, action, topic, stated) for topic, stated in _by_topic(events).items()
    }


def _operation(service: str, action: str, topic: str, events: Sequence[type[Event]]) -> Json:
    operation: Json = {
        "action": action,
        "title": f"{action.capitalize()} {topic}",
        "summary": f"{service} {'states' if action == 'send' else 'takes'} {', '.join(e.TYPE for e in events)}.",
        "description": _INBOUND if is_inbound(topic) else _STATES if action == "send" else _TAKES,
        "channel": {"$ref": f"#/channels/{topic}"},
        "messages": [{"$ref": f"#/channels/{topic}/messages/{_name(event)}"} for event in events],
    }
    if action == "receive":
        group = f"rainmaker-{service}{'-inbound' if is_inbound(topic) else ''}"
        operation["bindings"] = {"kafka": {"groupId": _TEXT | {"enum": [group]}, "bindingVersion": BINDING}}
    return operation


def _message(event: type[Event]) -> Json:
    inbound, name = is_inbound(event.TOPIC), _name(event)
    named: Json = {"ce_type": {"type": "string", "const": event.TYPE}}
    if not inbound:
        named["ce_dataschema"] = {"type": "string", "const": f"/schemas/{event.TYPE}/{event.VERSION}"}
    summary, *more = _paragraphs(event)
    return {
        "name": event.TYPE,
        "title": event.__name__,
        "summary": summary,
        **({"description": "\n\n".join(more)} if more else {}),
        "contentType": "application/json",
        "headers": {"type": "object", "properties": named},
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {"kafka": {"key": _key(event, inbound), "bindingVersion": BINDING}},
        "traits": [{"$ref": f"#/components/messageTraits/{_trait(event.TOPIC)}"}],
        "examples": [{"name": f"{name}-{place}", "payload": one} for place, one in enumerate(_examples(event), 1)],
    }


def _key(event: type[Event], inbound: bool) -> Json:
    about = "Anything, or nothing." if inbound else f"`{event.KEY}`: what has one key stays in order."
    return _TEXT | {"description": about}


def _trait(topic: str) -> str:
    return "submission" if is_inbound(topic) else "fact"


def _envelope(topic: str) -> Json:
    """The headers of binary mode."""
    headers = _THEIRS if is_inbound(topic) else _OURS
    needed = _NEEDED if is_inbound(topic) else headers.keys() - {"ce_cause", "ce_traceparent"}
    return {"headers": {"type": "object", "required": sorted(needed), "properties": headers}}


def _paragraphs(event: type[Event]) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in cleandoc(event.__doc__ or "").split("\n\n")]


def _examples(event: type[Event]) -> list[Json]:
    extra = event.model_config.get("json_schema_extra")
    examples: Any = extra.get("examples", []) if isinstance(extra, dict) else []
    return list(examples)


def _schemas(topics: Iterable[Sequence[type[Event]]]) -> Json:
    """Each fact's schema, and what it is made of under a name of the fact's own: two may call unlike things alike."""
    found: Json = {}
    for event in [event for events in topics for event in events]:
        schema = {key: part for key, part in schema_of(event).items() if key not in ("$id", "$schema")}
        parts = schema.pop("$defs", {})
        names = {part: f"{_name(event)}.{part}" for part in parts}
        found |= {names[part]: _renamed(one, names) for part, one in parts.items()}
        found[_name(event)] = _renamed(schema, names)
    return found


def _renamed(schema: Any, names: Mapping[str, str]) -> Any:
    if isinstance(schema, list):
        return [_renamed(one, names) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if str(found := schema.get("$ref", "")).startswith("#/$defs/"):
        schema = schema | {"$ref": f"#/components/schemas/{names[found.removeprefix('#/$defs/')]}"}
    return {key: _renamed(part, names) for key, part in schema.items()}
