"""What a service offers to be imported: a `Kind` is its columns, and how a row is checked, previewed and stored.

A kind stands in a module of its own under a name of its own, so that a child process can import it and check rows with
it: `COMPANIES = Kind("companies", where=f"{__name__}:COMPANIES", ...)`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlmodel import Session

from shared.database.tx import Tx
from shared.principal import Principal
from shared.problems import FieldError

if TYPE_CHECKING:
    from shared.runtime import Runtime  # which a child that reads and checks rows must not import

M = TypeVar("M")

Cells = dict[str, Any]
"""One row by field. What is blank or not in the file is absent. See `Type` for what the values are."""


class Type(StrEnum):
    """What the text of a cell is read as, and what `check` gets."""

    TEXT = "text"  # str, trimmed
    INTEGER = "integer"  # int within 64 bits; `166.0` is 166
    DECIMAL = "decimal"  # str such as "-1234.50": no exponent, decimal point, scaled
    DATE = "date"  # datetime.date, read by the format that was given, or ISO 8601
    TIME = "time"  # str, RFC 3339; the model reads it


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the kind. `field` may end in `.*`: `dimensions.*` takes any column that is mapped to
    `dimensions.<name>`. Found by its name and `synonyms`, without regard to case, blanks, `_` and `-`.
    """

    field: str
    type: Type = Type.TEXT
    synonyms: tuple[str, ...] = ()
    required: bool = False
    about: str = ""


def also(words: str) -> tuple[str, ...]:
    """Synonyms, written as a person lists them."""
    return tuple(words.split(", "))


class Fate(StrEnum):
    """What becomes of a row that could be checked."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is not stored, and why. `pointer` of an error is `/<field>`; "" means the row as a whole."""

    errors: tuple[FieldError, ...]


class Refused(Exception):
    """Raised by `check` for what no model can see, such as two fields that do not go together."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(*errors)
        self.errors = errors


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

    preview: "Callable[[Runtime, Sequence[M]], Awaitable[Sequence[Outcome]]]"
    store: "Callable[[Runtime, Principal, Sequence[Any], Unit], Awaitable[None]]"


@dataclass(frozen=True)
class Kind(Generic[M]):
    """`check(cells)` gives the model, or raises pydantic's `ValidationError` or `Refused`; it runs in a child process,
    so it is given nothing else, and the model must survive pickling.

    `preview(session, models)` says what `store` would do, and changes nothing. `store(tx, models)` stores at most
    `rows` models in one unit of work. Both answer one `Outcome` for each model, in order. The same models again change
    nothing. Where there is a `ready`, `store` gets what that makes of each model, also in the child: what need not be
    done in the transaction. `scope` is what the caller must hold besides `imports:write`.
    """

    name: str
    where: str
    scope: str
    columns: tuple[Column, ...]
    check: Callable[[Cells], M]
    preview: Callable[[Session, Sequence[M]], Sequence[Outcome]] = _nothing
    store: Callable[[Tx, Sequence[Any]], Sequence[Outcome]] = _nothing
    outside: Outside[M] | None = None
    ready: Callable[[M], Any] | None = None
    about: str = ""
    rows: int = 200
    example: str = ""


def by_name(kinds: Sequence[Kind[Any]]) -> Mapping[str, Kind[Any]]:
    return {kind.name: kind for kind in kinds}
