"""What the databases of this process are asked meanwhile: what work costs, as far as a test can say it."""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

Asked = list[tuple[str, Any]]


@contextmanager
def asked() -> Iterator[Asked]:
    """Each statement with its values. What goes to the database as many rows at once is one."""
    found: Asked = []

    def keep(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        found.append((statement, values))

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", keep)


async def statements(work: Awaitable[object]) -> int:
    """How many it takes. How long they take is a question for `bench/`."""
    with asked() as found:
        await work
    return len(found)
