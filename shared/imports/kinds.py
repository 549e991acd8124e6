"""What a service offers to be imported: a `Kind` is the shape of its rows, and how they are previewed and stored."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlmodel import Session

from shared.database.tx import Tx
from shared.imports.shapes import Shape
from shared.principal import Principal
from shared.problems import FieldError
from shared.runtime import Runtime

M = TypeVar("M")


class Fate(StrEnum):
    """What becomes of a row that could be checked."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is not stored, and why. `pointer` of an error is `/<field>`; "" means the row as a whole."""

    errors: tuple[FieldError, ...]


Outcome = Fate | Rejected
Unit = Callable[[Tx, Callable[[Tx], Sequence[Outcome]]], None]


def _nothing(*_: Any) -> Sequence[Outcome]:
    raise TypeError("A kind has `preview` and `store`, or `outside`.")


@dataclass(frozen=True, slots=True)
class Outside(Generic[M]):
    """Instead of `preview` and `store`, for rows that need more than one transaction, such as keys of a vault.

    `await store(runtime, by, models, unit)` writes one unit of work and in it calls `unit(tx, keep)`, which has
    `keep(tx)` store the rows and say what became of them. It may begin again, as long as one of them commits.
    """

    preview: Callable[[Runtime, Sequence[M]], Awaitable[Sequence[Outcome]]]
    store: Callable[[Runtime, Principal, Sequence[Any], Unit], Awaitable[None]]


@dataclass(frozen=True)
class Kind(Generic[M]):
    """`preview(session, models)` says what `store` would do, and changes nothing. `store(tx, models)` stores a unit of
    work. Both answer one `Outcome` for each model, in order. The same models again change nothing. `scope` is what the
    caller must hold besides `imports:write`.
    """

    shape: Shape[M]
    scope: str
    preview: Callable[[Session, Sequence[M]], Sequence[Outcome]] = _nothing
    store: Callable[[Tx, Sequence[Any]], Sequence[Outcome]] = _nothing
    outside: Outside[M] | None = None
    about: str = ""
    example: str = ""

    @property
    def name(self) -> str:
        return self.shape.name


def by_name(kinds: Sequence[Kind[Any]]) -> Mapping[str, Kind[Any]]:
    return {kind.name: kind for kind in kinds}
