"""Who asks, and may they: `by: Annotated[Principal, allowed("leads:write")]` is all that a route says about it."""

from typing import Any

from fastapi import Request, Security
from fastapi.security import HTTPBearer

from shared.principal import Principal
from shared.problems import Unauthorized, forbidden

PRINCIPAL = "rainmaker.principal"

_ABOUT = (
    "A token signed with Ed25519. It must hold the scope that the operation lists here, in its claim `scope` or by one "
    "of the roles in its claim `roles`. On the local system `make token` prints one with every scope."
)


def allowed(scope: str) -> Any:
    """The caller, who has this scope: else 401 or 403. The scope is in the OpenAPI document."""
    return Security(Allowed(scope), scopes=[scope])


class Allowed(HTTPBearer):
    """Scheme and check in one, because FastAPI pays for every dependency of a dependency on every request."""

    def __init__(self, scope: str) -> None:
        super().__init__(scheme_name="bearer", bearerFormat="JWT", description=_ABOUT, auto_error=False)
        self.scope = scope

    async def __call__(self, request: Request) -> Principal:  # type: ignore[override]
        principal = await authenticate(request)
        if not principal.may(self.scope):
            raise forbidden(self.scope)
        return principal


async def authenticate(request: Request) -> Principal:
    """The caller behind the bearer token, once per request. Raises `Unauthorized`."""
    if PRINCIPAL not in request.scope:
        request.scope[PRINCIPAL] = request.app.state.runtime.tokens.verify(_token(request))
    return principal_of(request)


def principal_of(request: Request) -> Principal:
    """The caller, once `authenticate` has seen it: a route knows it before it reads anything else."""
    return request.scope[PRINCIPAL]  # type: ignore[no-any-return]


def _token(request: Request) -> str:
    header = request.headers.get("authorization")
    if header is None:
        raise Unauthorized("Send a token as Authorization: Bearer <token>.", error="")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("The Authorization header must be: Bearer <token>.", error="invalid_request")
    return token.strip()
