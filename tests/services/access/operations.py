"""The operations of a service as its OpenAPI document lists them, each with a body as the document shows it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

Json = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    scope: str
    content: bytes
    media_type: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def collection(self) -> str:
        """The path before the first id: what its things are listed and made under."""
        return self.path.partition("/{")[0]

    def url(self, first_id: str) -> str:
        """With this in place of the first id, and something unknown in place of the others."""
        path, _ = re.subn(r"\{\w+\}", first_id, self.path, count=1)
        return re.sub(r"\{\w+\}", "7", path)


def operations(app: FastAPI) -> list[Operation]:
    """Those that ask for a scope."""
    return list(_listed(app.openapi()))


def _listed(document: Json) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            scopes = [scope for demand in operation.get("security", ()) for named in demand.values() for scope in named]
            if scopes:
                media_type, content = _body(operation, document["components"]["schemas"])
                yield Operation(method.upper(), path, scopes[0], content, media_type)


def _body(operation: Json, schemas: Json) -> tuple[str, bytes]:
    bodies = operation.get("requestBody", {}).get("content", {})
    if "application/json" in bodies:
        shown = sample(bodies["application/json"]["schema"], schemas)
        return "application/json", json.dumps(shown).encode()
    return next(((media_type, b"name,country\nMill Works,DE\n") for media_type in bodies), ("", b""))


def sample(schema: Json, schemas: Mapping[str, Json]) -> Any:
    """What this schema shows as its example, or is made of."""
    if "$ref" in schema:
        return sample(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for shown in schema.get("examples", ()):
        return shown
    for variants in ("oneOf", "anyOf"):
        if variants in schema:
            return sample(schema[variants][0], schemas)
    if "properties" in schema:
        wanted = schema.get("required", ())
        return {name: sample(part, schemas) for name, part in schema["properties"].items() if name in wanted}
    if schema.get("type") == "array":
        return [sample(schema["items"], schemas)]
    return schema.get("const") or {"integer": 1, "number": 1.5, "boolean": True}.get(schema.get("type", ""), "text")
