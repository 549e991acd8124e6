"""Keyset pages: `{items, next_cursor}`. Rows that come or go shift nothing, and with an index on (column, id), if the
column is never NULL, a page costs the same however deep it is.

ORDER = Order({"recorded_at": contacts.c.recorded_at}, default="-recorded_at", tie=contacts.c.id)

async def list_contacts(asked: Annotated[Paging, ORDER.asked()], db: Db) -> Page[ContactOut]:
    return await db.read(lambda session: asked.page(session, select(...), ContactOut.of))
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Select, and_, false, or_
from sqlalchemy.orm import Session

from shared.web.cursors import Sealer, opened, sealed
from shared.web.routes import route_template

T = TypeVar("T")

USUAL, MOST = 50, 200


class Page(BaseModel, Generic[T]):
    """`next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None = Field(description="Send it as `cursor`, with everything else unchanged.")


@dataclass(frozen=True, slots=True)
class Term:
    """One column of an order. NULL comes last in both directions, on every database."""

    column: ColumnElement[Any]
    descending: bool = False
    nullable: bool = False

    def ordered(self) -> ColumnElement[Any]:
        order = self.column.desc() if self.descending else self.column.asc()
        return order.nulls_last() if self.nullable else order

    def equals(self, value: Any) -> ColumnElement[bool]:
        return self.column.is_(None) if value is None else self.column == value

    def from_here(self, value: Any) -> ColumnElement[bool]:
        """Adds nothing to what `after` says, but no planner finds the start of an index range in an OR."""
        bound: ColumnElement[bool] = self.column <= value if self.descending else self.column >= value
        return bound

    def beyond(self, value: Any) -> ColumnElement[bool]:
        if value is None:
            return false()
        further = self.column < value if self.descending else self.column > value
        return or_(further, self.column.is_(None)) if self.nullable else further


def after(terms: Sequence[Term], position: Sequence[Any]) -> ColumnElement[bool]:
    """Rows that come after `position` (a value per term) in the order of `terms`; directions may be mixed."""
    first, value = terms[0], position[0]
    if len(terms) == 1:
        return first.beyond(value)
    further = or_(first.beyond(value), and_(first.equals(value), after(terms[1:], position[1:])))
    return further if first.nullable else and_(first.from_here(value), further)


@dataclass(frozen=True, slots=True)
class Paging:
    """What the caller asked for: which rows, in which order, from where."""

    limit: int
    terms: tuple[Term, ...]
    position: tuple[Any, ...] | None
    binding: bytes
    seal: Sealer

    def page(self, session: Session, query: Select[Any], shape: Callable[..., T]) -> Page[T]:
        """Read one page of `query`, which has filters and no order. `shape` gets what the query selects."""
        asked_for = len(query.column_descriptions)
        extra = [term.column.label(f"_sort_{n}") for n, term in enumerate(self.terms)]
        query = query.add_columns(*extra).order_by(*(term.ordered() for term in self.terms)).limit(self.limit + 1)
        if self.position is not None:
            query = query.where(after(self.terms, self.position))
        rows = session.execute(query).all()
        items = [shape(*row[:asked_for]) for row in rows[: self.limit]]
        more = len(rows) > self.limit
        return Page(items=items, next_cursor=self._cursor(rows[self.limit - 1][asked_for:]) if more else None)

    def _cursor(self, position: Sequence[Any]) -> str:
        return sealed(position, self.binding, self.seal)


class Order:
    """The orders that a list may be asked for: name -> column. Ties are settled by `tie`, in the same direction."""

    def __init__(self, columns: Mapping[str, Any], *, default: str, tie: Any) -> None:
        self._columns, self._default, self._tie = dict(columns), default, tie
        names = [sign + name for name in columns for sign in ("", "-")]
        self._choices: Any = Literal[tuple(names)]

    def terms(self, sort: str) -> tuple[Term, ...]:
        column, descending = self._columns[sort.removeprefix("-")], sort.startswith("-")
        return (
            Term(column, descending, nullable=getattr(column, "nullable", True) is not False),
            Term(self._tie, descending),
        )

    def asked(self) -> Any:
        choices = self._choices  # FastAPI reads the annotation when the route is made; mypy cannot

        async def paging(
            request: Request,
            limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most.")] = USUAL,
            sort: Annotated[choices, Query(description="`-` for descending; ties by id.")] = self._default,  # type: ignore[valid-type]
            cursor: Annotated[
                str | None, Query(max_length=2_000, description="`next_cursor` of the page before.")
            ] = None,
        ) -> Paging:
            seal, binding, terms = request.app.state.runtime.fingerprint, _binding(request), self.terms(sort)
            position = None if cursor is None else opened(cursor, binding, seal, len(terms))
            return Paging(limit, terms, position, binding, seal)

        return Depends(paging)


def _binding(request: Request) -> bytes:
    """The list, its filter and its order: a cursor of one is refused by another."""
    filters = sorted((k, v) for k, v in request.query_params.multi_items() if k not in ("cursor", "limit"))
    return repr((route_template(request.scope), sorted(request.path_params.items()), filters)).encode()
