"""A load that goes on while something is at fault, and is judged by the oracle once all is quiet again."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.ledger import Book
from tests.chaos.load import send_all
from tests.chaos.plan import Size
from tests.chaos.run import judged
from tests.chaos.stacks import Stack
from tests.e2e.system import SERVICES
from tests.eventually import until

SIZE = Size(leads=100, metrics=60, companies=60, kills=0)
SEED = 7
PATIENCE = 120.0


@dataclass(frozen=True)
class Load:
    stack: Stack
    book: Book

    async def answered(self, rows: int) -> None:
        """Returns when so many rows were promised."""
        await until(lambda: self.book.answered >= rows or self.book.complete, seconds=PATIENCE)
        assert not self.book.complete, f"the load ended after {self.book.answered} rows: it must be longer"

    async def more(self, rows: int) -> None:
        await self.answered(self.book.answered + rows)

    async def services_answer(self) -> None:
        """Each of them lives, and says what it is; whether it can serve is another question."""
        for service in SERVICES:
            async with self.stack.system.client(service) as client:
                assert (await client.get("/livez")).status_code == 200
                assert (await client.get("/openapi.json")).status_code == 200


@asynccontextmanager
async def under_load(stack: Stack, folder: Path, size: Size = SIZE) -> AsyncIterator[Load]:
    """Inside, calls are sent until each was answered; at the end every promise must have been kept."""
    book = Book(folder / "ledger.jsonl")
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(_all_sent(stack, size, book))
        yield Load(stack, book)
        await sending
    wrong, _ = await judged(stack, book.ledger())
    assert wrong == {}, json.dumps(wrong, indent=1)


async def _all_sent(stack: Stack, size: Size, book: Book) -> None:
    await send_all(stack.system, size.calls(SEED), book)
    book.complete = True
