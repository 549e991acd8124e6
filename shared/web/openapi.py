"""The OpenAPI document: what FastAPI derives, plus every error that an operation can answer, derived as well.

Which errors those are follows from what the operation takes: a body, a token, an id in its path, a key, a version.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared import VERSION
from shared.web.errors import MEDIA_TYPE, FieldErrorOut, ProblemOut
from shared.web.kinds import KINDS
from shared.web.versions import declare_versions, takes

_LIMITS: dict[str, Any] = {
    "RateLimit-Policy": {
        "description": "How often this caller may ask: `q` times in `w` seconds. Absent where there is no limit.",
        "schema": {"type": "string", "examples": ['"minute";q=120000;w=60']},
    },
    "RateLimit": {
        "description": "How often this caller may ask now (`r`), and after how many seconds as often as ever (`t`).",
        "schema": {"type": "string", "examples": ['"minute";r=119999;t=1']},
    },
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For what cannot be derived: `@router.post("/{id}/claim", responses=errors(409))`."""
    return {status: {} for status in statuses}


def describe(app: FastAPI, service: str, roles: Mapping[str, frozenset[str]]) -> None:
    """Replace `app.openapi`: built at the first request, then kept."""
    app.title, app.version = f"Rainmaker {service}", VERSION

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, roles)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI, roles: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    described = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description="Every failure is a problem (RFC 9457). Times are UTC, ids are opaque text that sorts by time.",
        routes=app.routes,
        tags=app.openapi_tags,
        servers=app.servers or [{"url": "/", "description": "this service"}],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        contact={"name": "The operators of this service"},
    )
    components = described.setdefault("components", {})
    _declare_problem(components)
    for path, operation in _operations(described):
        _declare_errors(operation, path)
        _declare_replay(operation)
        _declare_limit(operation)
        _declare_roles(operation, roles)
    declare_versions(described)
    _close_names(described)
    _forget_unused(components["responses"], described)
    return described


def _close_names(part: Any) -> None:
    """Names of which a pattern tells: pydantic takes no others, and says so nowhere."""
    if isinstance(part, dict):
        if "patternProperties" in part:
            part.setdefault("additionalProperties", False)
        part = part.values()
    if not isinstance(part, str):
        for inner in part if isinstance(part, Iterable) else ():
            _close_names(inner)


def _operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    seen: dict[str, str] = {}
    for path, methods in described.get("paths", {}).items():
        for operation in methods.values():
            name = operation["operationId"]
            if name in seen:
                raise ValueError(f"two operations are called {name!r}: {seen[name]} and {path}; rename one function")
            seen[name] = path
            yield path, operation


def _declare_problem(components: dict[str, Any]) -> None:
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
    problem.pop("$defs")
    problem["properties"]["errors"]["items"] = {"$ref": "#/components/schemas/FieldError"}
    schemas["Problem"] = problem
    schemas["FieldError"] = FieldErrorOut.model_json_schema()
    for gone in ("ProblemOut", "FieldErrorOut"):
        if gone in schemas:
            schemas[gone] = {"$ref": f"#/components/schemas/{gone.removesuffix('Out')}"}
    components["headers"] = _LIMITS
    components["responses"] = {f"Problem{status}": _response(status) for status in sorted(_statuses())}


def _forget_unused(responses: dict[str, Any], described: dict[str, Any]) -> None:
    """A kind of problem that no operation of this service answers is on its page, and not in its document."""
    operations = [operation for methods in described["paths"].values() for operation in methods.values()]
    used = {str(one.get("$ref")).rpartition("/")[2] for each in operations for one in each["responses"].values()}
    for name in responses.keys() - used:
        del responses[name]


def _statuses() -> set[int]:
    return {kind.status for kind in KINDS.values()}


def _response(status: int) -> dict[str, Any]:
    slugs = [slug for slug, kind in KINDS.items() if kind.status == status]
    response: dict[str, Any] = {
        "description": " ".join(f"`{slug}`: {KINDS[slug].meaning}" for slug in slugs),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {slug: {"value": _example(slug)} for slug in slugs},
            }
        },
    }
    if headers := _headers(status):
        response["headers"] = headers
    return response


def _headers(status: int) -> dict[str, Any]:
    if status in (429, 503):
        again = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
        return again | (_LIMITS if status == 429 else {})
    if status in (401, 403):
        return {"WWW-Authenticate": {"description": "RFC 6750.", "schema": {"type": "string"}}}
    return {}


def _example(slug: str) -> dict[str, Any]:
    kind = KINDS[slug]
    field = {"pointer": "/email", "code": "missing", "detail": "Field required."}
    return {
        "type": f"/problems/{slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.meaning,
        "instance": "req_01jqv3m0x8e9x8s5b6v7c8d9e0",
        "errors": [field] if slug == "invalid-fields" else [],
    }


def _declare_errors(operation: dict[str, Any], path: str) -> None:
    responses = operation.setdefault("responses", {})
    asked = {int(status) for status in responses if status.isdigit() and int(status) >= 400}
    for status in sorted((asked - {422}) | _derived(operation, path)):
        if responses.get(str(status), {}).keys() <= {"description"} or status == 422:
            responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}


def _declare_replay(operation: dict[str, Any]) -> None:
    if not takes(operation, "Idempotency-Key"):
        return
    for status, response in operation["responses"].items():
        if status < "300":
            response.setdefault("headers", {})["Idempotency-Replayed"] = {
                "description": "`true` where this is the stored answer to an earlier request with the same key.",
                "schema": {"type": "string", "enum": ["true"]},
            }


def _declare_limit(operation: dict[str, Any]) -> None:
    """On every answer to who was let in; told once, where it went well."""
    for status, response in operation["responses"].items() if operation.get("security") else ():
        if status < "300":
            response.setdefault("headers", {}).update(
                {name: {"$ref": f"#/components/headers/{name}"} for name in _LIMITS}
            )


def _declare_roles(operation: dict[str, Any], roles: Mapping[str, frozenset[str]]) -> None:
    """Beside the scope, for people: who has it."""
    asked = {scope for demand in operation.get("security", ()) for scopes in demand.values() for scope in scopes}
    if asked and roles:
        operation["x-roles"] = sorted(role for role, scopes in roles.items() if asked <= scopes)


def _derived(operation: dict[str, Any], path: str) -> set[int]:
    statuses = {500, 503}
    if "requestBody" in operation:
        statuses |= {400, 413, 415, 422}
    if operation.get("parameters"):
        statuses |= {422}
    if operation.get("security"):
        statuses |= {401, 403, 429}
    if "{" in path:
        statuses |= {404}
    if takes(operation, "If-Match"):
        statuses |= {412, 428} if takes(operation, "If-Match", required=True) else {412}
    return statuses
