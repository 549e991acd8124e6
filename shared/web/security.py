"""Who asks, and may they: `by: Annotated[Principal, allowed("leads:write")]` is all that a route says about it."""

from typing import Any

from fastapi import Request, Security
from fastapi.security import HTTPBearer

from shared.principal import Principal
from shared.problems import Unauthorized, forbidden

PRINCIPAL = "rainmaker.principal"
QUOTA = "rainmaker.quota"

_ADMITTED = "rainmaker.admitted"

_ABOUT = (
    "An API key (`rmk_...`), or a token: one of our own, signed with Ed25519, or one of the identity provider that the "
    "operator has named. It must have the scope that the operation lists here, by itself or by one of its roles; "
    "`x-roles` lists the roles that have it. On the local system `make token` prints a token with every scope."
)


def allowed(scope: str) -> Any:
    """The caller, who has this scope: else 401 or 403. The scope is in the OpenAPI document."""
    return Security(Allowed(scope), scopes=[scope])


class Allowed(HTTPBearer):
    """Scheme and check in one, because FastAPI pays for every dependency of a dependency on every request."""

    def __init__(self, scope: str) -> None:
        super().__init__(scheme_name="bearer", bearerFormat="JWT or API key", description=_ABOUT, auto_error=False)
        self.scope = scope

    async def __call__(self, request: Request) -> Principal:  # type: ignore[override]
        """Asked by the route before it reads anything, and once more as a dependency, which only hands over."""
        if request.scope.get(_ADMITTED) != self.scope:
            principal = await authenticate(request)
            if not principal.may(self.scope):
                raise forbidden(self.scope)
            request.scope[QUOTA] = await request.app.state.runtime.callers.admit(principal)
            request.scope[_ADMITTED] = self.scope
        return principal_of(request)


async def authenticate(request: Request) -> Principal:
    """The caller behind the credential, once per request. Raises `Unauthorized`, or Problem 429 and 503."""
    if PRINCIPAL not in request.scope:
        address = request.client.host if request.client else ""
        recognised = request.app.state.runtime.callers.recognise(_credential(request), address)
        request.scope[PRINCIPAL] = await recognised
    return principal_of(request)


def principal_of(request: Request) -> Principal:
    """The caller, once `authenticate` has seen it: a route knows it before it reads anything else."""
    return request.scope[PRINCIPAL]  # type: ignore[no-any-return]


def _credential(request: Request) -> str:
    header = request.headers.get("authorization")
    if header is None:
        raise Unauthorized("Send a token as Authorization: Bearer <token>.", error="")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("The Authorization header must be: Bearer <token>.", error="invalid_request")
    return token.strip()
