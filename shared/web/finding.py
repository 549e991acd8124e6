"""What an address names, or 404."""

from typing import TypeVar

from sqlmodel import Session, SQLModel

from shared.problems import not_found

Row = TypeVar("Row", bound=SQLModel)


def found_or_404(session: Session, of: type[Row], key: str | int, what: str, *, lock: bool = False) -> Row:
    """With `lock` held against others until the end of the transaction. Raises Problem 404, which says `what`."""
    found = session.get(of, key, with_for_update=lock)
    if found is None:
        raise not_found(what)
    return found
