"""What can go wrong, as RFC 9457 problems: one class, one page per kind, never an echo of the input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """`pointer` is a JSON pointer (RFC 6901) into the body, or `/query/<name>`, `/header/<name>`, `/path/<name>`."""

    pointer: str
    code: str
    detail: str

    def as_json(self) -> dict[str, str]:
        return {"pointer": self.pointer, "code": self.code, "detail": self.detail}


class Problem(Exception):
    """An answer other than success. `slug` names its page, `/problems/<slug>`, and is never reused."""

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(title, detail)
        self.status, self.slug, self.title, self.detail = status, slug, title, detail
        self.errors, self.headers = tuple(errors), dict(headers or {})

    def __str__(self) -> str:
        return f"{self.status} {self.slug}: {self.detail or self.title}"


class Unauthorized(Problem):
    """401: nobody is known behind this request. The reason is a whole sentence and holds nothing of the token."""

    def __init__(self, reason: str, *, error: str = "invalid_token") -> None:
        challenge = f'Bearer error="{error}"' if error else "Bearer"  # RFC 6750: no error where no token came
        super().__init__(401, "unauthorized", "Not authorised", reason, headers={"WWW-Authenticate": challenge})


def forbidden(scope: str) -> Problem:
    """403: the caller is known and lacks this scope."""
    return Problem(
        403,
        "forbidden",
        "Not allowed",
        f"This needs the scope {scope}, which the token does not carry.",
        headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
    )


def unavailable(detail: str, *, retry_after: int = 1, slug: str = "unavailable") -> Problem:
    """503: nothing is wrong with the request; the same one, with its Idempotency-Key, may succeed later."""
    return Problem(503, slug, "Temporarily unavailable", detail, headers={"Retry-After": str(retry_after)})


def not_found(what: str) -> Problem:
    return Problem(404, "not-found", "Not found", f"There is no such {what}.")


def conflict(detail: str, *, errors: Sequence[FieldError] = (), slug: str = "conflict") -> Problem:
    """409: the request is sound, but what is stored does not allow it."""
    return Problem(409, slug, "Conflict", detail, errors=errors)


def invalid_fields(errors: Sequence[FieldError]) -> Problem:
    """422: each field that could not be accepted, all of them at once."""
    detail = f"{len(errors)} field{'' if len(errors) == 1 else 's'} could not be accepted; see errors."
    return Problem(422, "invalid-fields", "Invalid fields", detail, errors=errors)


def invalid_field(pointer: str, code: str, detail: str) -> Problem:
    return invalid_fields([FieldError(pointer, code, detail)])
