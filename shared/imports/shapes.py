"""What the rows of a file are: which columns they have, and how one of them is checked.

A shape stands in a module of its own under a name of its own, so that a child process can import it and check rows with
it: `COMPANY_ROWS = Shape("companies", where=f"{__name__}:COMPANY_ROWS", ...)`. A child that has to import the web or a
database first would need seconds for that, each time it starts: what a shape stands on must do without them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from shared.problems import FieldError

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
    """A field of the rows. `field` may end in `.*`: `dimensions.*` takes any column that is mapped to
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


class Refused(Exception):
    """Raised by `check` for what no model can see, such as two fields that do not go together."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(*errors)
        self.errors = errors


@dataclass(frozen=True)
class Shape(Generic[M]):
    """`check(cells)` gives the model, or raises pydantic's `ValidationError` or `Refused`; it runs in a child process,
    so it is given nothing else, and the model must survive pickling.

    Where there is a `ready`, what is stored is what that makes of each model, also in the child: what need not be done
    in the transaction. `rows` of them at most are one unit of work.
    """

    name: str
    where: str
    columns: tuple[Column, ...]
    check: Callable[[Cells], M]
    ready: Callable[[M], Any] | None = None
    rows: int = 200
