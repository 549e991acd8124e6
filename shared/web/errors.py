"""Every failure leaves as `application/problem+json` (RFC 9457), names the field, and repeats nothing of what came."""

import http
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared.pointers import field_errors
from shared.problems import Problem, invalid_fields
from shared.telemetry.logs import described, log
from shared.web.kinds import KINDS
from shared.web.preconditions import lacks_version, version_needed
from shared.web.requestid import current_request_id
from shared.web.routes import methods_at

MEDIA_TYPE = "application/problem+json"

_SLUG_OF_STATUS = {
    400: "bad-request",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "unsupported-media-type",
    429: "too-many-requests",
    503: "unavailable",
}


class FieldErrorOut(BaseModel):
    model_config = ConfigDict(title="FieldError")

    pointer: str = Field(
        description="JSON pointer into the body, or `/query/<name>`, `/header/<name>`, `/path/<name>`.",
        examples=["/email"],
    )
    code: str = Field(description="Stable, for programs.", examples=["extra_forbidden"])
    detail: str = Field(description="A sentence, for people.", examples=["This field is not known here."])


class ProblemOut(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(description="The kind; a page that explains it.", examples=["/problems/invalid-fields"])
    title: str = Field(examples=["Invalid fields"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["1 field could not be accepted; see errors."])
    instance: str = Field(description="The request id, as in the log.", examples=["req_01jqv3m0x8e9x8s5b6v7c8d9e0"])
    errors: list[FieldErrorOut]

    @classmethod
    def of(cls, problem: Problem) -> "ProblemOut":
        """For a row of a batch; a problem of the whole request is raised instead."""
        return cls.model_validate(problem_body(problem))


def problem_body(problem: Problem) -> dict[str, Any]:
    return {
        "type": f"/problems/{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail or problem.title,
        "instance": current_request_id(),
        "errors": [error.as_json() for error in problem.errors],
    }


def answer(problem: Problem) -> Response:
    return Response(orjson.dumps(problem_body(problem)), problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def internal(error: BaseException) -> Problem:
    """500. The log gets the type and the place of the fault, not its message: drivers put the values in there."""
    log().error("request failed", error=described(error))
    kind = KINDS["internal"]
    return Problem(500, "internal", kind.title, "The fault is in the log under this request id.")


async def on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - Starlette's signature is wider than what it sends here
    return answer(error)


async def on_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    if lacks_version(error.errors()):
        return answer(version_needed())
    return answer(invalid_fields(field_errors(error.errors(), error.body)))


async def on_http_error(request: Request, error: Exception) -> Response:
    """FastAPI wraps what reading a body raises: a Problem is taken out of it again."""
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    if error.status_code == 405:
        error.headers = {"Allow": ", ".join(methods_at(request))}
    return answer(error.__cause__ if isinstance(error.__cause__, Problem) else _from_status(error))


def _from_status(error: HTTPException) -> Problem:
    slug = _SLUG_OF_STATUS.get(error.status_code, "bad-request")
    kind = KINDS[slug]
    title = kind.title if kind.status == error.status_code else http.HTTPStatus(error.status_code).phrase
    return Problem(error.status_code, slug, title, kind.meaning, headers=error.headers)


def handle_errors(app: FastAPI) -> None:
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http_error)
