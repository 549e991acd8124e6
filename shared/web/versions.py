"""What the OpenAPI document says about versions: which answers carry an `ETag`, and which changes take it, as links.

All of it follows from the operations that take `If-Match`: they, and what shows or makes the same thing, answer with
the version; a link leads from each of these answers to each of those changes.
"""

from collections.abc import Container, Iterator, Mapping
from typing import Any

Json = dict[str, Any]

ETAG: Json = {
    "description": "The version. A change sends it as `If-Match`.",
    "required": True,
    "schema": {"type": "string", "examples": ['"3"']},
}


def declare_versions(described: Json) -> None:
    for path, changes in _changed(described["paths"]).items():
        for shown, operation in _showing(described["paths"], path, changes):
            for response in _answers(operation):
                response.setdefault("headers", {})["ETag"] = ETAG
                links = _links(path, shown, changes, told=_fields(described, response))
                response.setdefault("links", {}).update(links)


def takes(operation: Mapping[str, Any], parameter: str, *, required: bool = False) -> bool:
    """`required`: and not without it."""
    named = (one for one in operation.get("parameters", ()) if one["name"] == parameter)
    return any(one.get("required") or not required for one in named)


def _changed(paths: Json) -> dict[str, list[Json]]:
    """The address of each thing that has versions, with the operations that ask for one; a verb is below its thing."""
    found: dict[str, list[Json]] = {}
    for path, methods in paths.items():
        for operation in methods.values():
            if takes(operation, "If-Match"):
                found.setdefault(path if "get" in methods else path.rpartition("/")[0], []).append(operation)
    return found


def _showing(paths: Json, path: str, changes: list[Json]) -> Iterator[tuple[str, Json]]:
    yield path, paths[path]["get"]
    for operation in changes:
        yield path, operation
    above, _, last = path.rpartition("/")
    if last.startswith("{") and "post" in paths.get(above, {}):
        yield above, paths[above]["post"]


def _answers(operation: Json) -> Iterator[Json]:
    """Those of success that say something."""
    return (one for status, one in operation["responses"].items() if status < "300" and "content" in one)


def _fields(described: Json, response: Json) -> Container[str]:
    """What an answer says, by name."""
    schema = response["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema.get("properties", {})  # type: ignore[no-any-return]


def _links(path: str, shown: str, changes: list[Json], told: Container[str]) -> dict[str, Json]:
    """What is made tells its id in the body, by its name or as `id`; what is shown or changed has it in the path."""
    names = [step[1:-1] for step in path.split("/") if step.startswith("{")]
    made = {name: f"$response.body#/{name if name in told else 'id'}" for name in names}
    known = {name: f"$request.path.{name}" if f"{{{name}}}" in shown else made[name] for name in names}
    given = {f"path.{name}": value for name, value in known.items()} | {"header.If-Match": "$response.header.ETag"}
    return {
        operation["operationId"]: {
            "operationId": operation["operationId"],
            "description": "With the version that this answer shows.",
            "parameters": given,
        }
        for operation in changes
    }
