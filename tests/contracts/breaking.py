"""What a new version of a document breaks for those who rely on the old one: OpenAPI and AsyncAPI, one sentence each.

A sentence begins with what is broken (`POST /v1/leads`, `fact lead.captured.1`): by that name CHANGELOG.md speaks of a
break that is meant. Reading is tolerant (a new field in an answer breaks nobody), writing is strict.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.contracts.shapes import Shape, refused

Json = Mapping[str, Any]
METHODS = ("get", "put", "post", "delete", "patch")
INBOUND = "inbound-"


def breaks(old: Json, new: Json) -> list[str]:
    """Between two documents of one kind."""
    found = _openapi(old, new) if "openapi" in old else _asyncapi(old, new)
    return list(dict.fromkeys(found))


def _openapi(old: Json, new: Json) -> Iterator[str]:
    current = _operations(new)
    for name, operation in _operations(old).items():
        if name not in current:
            yield f"{name}: gone"
        else:
            yield from (f"{name}: {said}" for said in _operation(operation, current[name]))


def _operations(document: Json) -> dict[str, Shape]:
    return {
        f"{method.upper()} {path}": Shape(operation, document)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def _operation(old: Shape, new: Shape) -> Iterator[str]:
    first, second = old.plain, new.plain
    if first["operationId"] != second["operationId"]:
        yield f"clients call it {first['operationId']}, and now it is {second['operationId']}"
    yield from (f"scope {scope} is now needed" for scope in _scopes(second) - _scopes(first))
    yield from _parameters(old, new)
    yield from _body(old, new)
    yield from _answers(old, new)


def _scopes(operation: Json) -> set[str]:
    """Those that every way in asks for."""
    ways = [{scope for scopes in way.values() for scope in scopes} for way in operation.get("security", ())]
    return set.intersection(*ways) if ways else set()


def _parameters(old: Shape, new: Shape) -> Iterator[str]:
    before, after = _named(old), _named(new)
    for (place, name), parameter in after.items():
        known = before.get((place, name))
        if parameter.plain.get("required") and not (known and known.plain.get("required")):
            yield f"{place} {name}: required"
        if known:
            yield from refused(_schema(known), _schema(parameter), f"{place} {name}")
    yield from (f"{place} {name}: gone" for place, name in before.keys() - after.keys())


def _named(operation: Shape) -> dict[tuple[str, str], Shape]:
    listed = [operation.inner(one) for one in operation.plain.get("parameters", ())]
    return {(one.plain["in"], one.plain["name"]): one for one in listed}


def _body(old: Shape, new: Shape) -> Iterator[str]:
    first, second = (shape.inner(shape.plain.get("requestBody", {})) for shape in (old, new))
    if second.plain.get("required") and not first.plain.get("required"):
        yield "a body is now required"
    yield from _contents(first, second, "the body", answered=False)


def _answers(old: Shape, new: Shape) -> Iterator[str]:
    current = new.plain["responses"]
    for status, response in old.plain["responses"].items():
        if status not in current:
            yield f"answers {status} no longer"
            continue
        first, second = old.inner(response), new.inner(current[status])
        gone = first.plain.get("headers", {}).keys() - second.plain.get("headers", {}).keys()
        yield from (f"{status}: header {name} is gone" for name in sorted(gone))
        yield from _contents(first, second, f"{status}", answered=True)


def _contents(old: Shape, new: Shape, where: str, *, answered: bool) -> Iterator[str]:
    current = new.plain.get("content", {})
    for media, content in old.plain.get("content", {}).items():
        if media not in current:
            yield f"{where}: {media} is gone"
            continue
        first, second = old.inner(content.get("schema", {})), new.inner(current[media].get("schema", {}))
        said = told(first, second) if answered else refused(first, second)
        yield from (f"{where}: {one}" for one in said)


def told(old: Shape, new: Shape) -> Iterator[str]:
    """What readers of `old` meet in `new` that they were not promised, or miss."""
    yield from (f"{one} (in what is now sent)" for one in refused(new, replace(old, tolerant=True)))
    yield from gone(old, new)


def gone(old: Shape, new: Shape, where: str = "", seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Fields that were there, required or not, in any of the choices."""
    if str(old.schema) in seen:
        return
    seen |= {str(old.schema)}
    before, after = _fields(old), _fields(new)
    for name, schema in before.items():
        if name in after:
            yield from gone(schema, after[name], f"{where}/{name}", seen)
        else:
            yield f"{where}/{name}: gone"


def _fields(shape: Shape) -> dict[str, Shape]:
    found: dict[str, Shape] = {}
    for one in shape.choices:
        found |= {name: one.inner(schema) for name, schema in one.plain.get("properties", {}).items()}
        if "items" in one.plain:
            found["*"] = one.inner(one.plain["items"])
    return found


def _asyncapi(old: Json, new: Json) -> Iterator[str]:
    """Facts that others read, and what others may submit; what services take from each other is their own affair."""
    before, after = _messages(old), _messages(new)
    for (action, topic, name), message in before.items():
        about = f"{'fact' if action == 'send' else 'submission'} {name}"
        if (action, topic, name) not in after:
            yield f"{about}: gone from {topic}"
        else:
            yield from (f"{about}: {said}" for said in _message(action, message, after[action, topic, name]))
    for topic in {topic for _, topic, _ in before} & new["channels"].keys():
        if _partitions(old, topic) != _partitions(new, topic):
            yield f"topic {topic}: another number of partitions reorders what has one key"


def _messages(document: Json) -> dict[tuple[str, str, str], Shape]:
    found = {}
    for operation in document["operations"].values():
        topic = operation["channel"]["$ref"].rpartition("/")[2]
        if operation["action"] == "send" or topic.startswith(INBOUND):
            for reference in operation["messages"]:
                name = reference["$ref"].rpartition("/")[2]
                found[operation["action"], topic, name] = Shape(document["components"]["messages"][name], document)
    return found


def _message(action: str, old: Shape, new: Shape) -> Iterator[str]:
    first, second = old.plain, new.plain
    if first["bindings"]["kafka"]["key"] != second["bindings"]["kafka"]["key"]:
        yield "its key is another"
    for part, before, after in (("", _payload(old), _payload(new)), ("header ", _headers(old), _headers(new))):
        said = told(before, after) if action == "send" else refused(before, after)
        yield from (f"{part}{one}" for one in said)


def _payload(message: Shape) -> Shape:
    return message.inner(message.plain["payload"])


def _headers(message: Shape) -> Shape:
    parts: Sequence[Json] = [message.plain["headers"]]
    parts = [*(message.inner(trait).plain["headers"] for trait in message.plain["traits"]), *parts]
    return message.inner(
        {
            "type": "object",
            "required": [name for part in parts for name in part.get("required", ())],
            "properties": {name: schema for part in parts for name, schema in part["properties"].items()},
        }
    )


def _partitions(document: Json, topic: str) -> Any:
    return document["channels"][topic]["bindings"]["kafka"]["partitions"]


def _schema(parameter: Shape) -> Shape:
    return parameter.inner(parameter.plain.get("schema", {}))
