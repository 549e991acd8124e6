"""The load: rows over HTTP as a careful client sends them, again with the same key until they are answered by 2xx."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx

from tests.chaos.calls import Request
from tests.chaos.ledger import Book
from tests.e2e.system import System, bare

AT_ONCE = 16
PAUSE = 0.1
GIVE_UP_SECONDS = 300.0  # without an answer for so long, this call is a loss, and the oracle says so


async def send_all(system: System, calls: Sequence[Request], book: Book) -> None:
    """Returns when each call was answered, or given up."""
    left = iter(calls)
    ended = {call.key: asyncio.Event() for call in calls}
    async with _clients(system, calls) as clients, asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(_Sender(clients, ended, book).send_some(left))


@asynccontextmanager
async def _clients(system: System, calls: Iterable[Request]) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    services = {call.to.service for call in calls}
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(system.client(name, transport=bare())) for name in sorted(services)
        }


@dataclass(frozen=True)
class _Sender:
    """`ended`: which calls were answered or given up, by key."""

    clients: Mapping[str, httpx.AsyncClient]
    ended: Mapping[str, asyncio.Event]
    book: Book

    async def send_some(self, left: Iterator[Request]) -> None:
        for request in left:
            if request.after:  # it was taken before this one was, by somebody who is at it
                await self.ended[request.after].wait()
            while self.book.answered >= self.book.rest_at:  # noqa: ASYNC110  (see `strike`)
                await asyncio.sleep(PAUSE)
            self.book.ask(request.key, request.rows)
            try:
                async with asyncio.timeout(GIVE_UP_SECONDS):
                    await self._until_answered(request)
            except TimeoutError:
                self.book.surprise(f"{request.key} had no 2xx within {GIVE_UP_SECONDS} s")
            self.ended[request.key].set()

    async def _until_answered(self, request: Request) -> None:
        while True:
            answer = await self._tried(request)
            if answer is not None and answer.status_code in (200, 201):
                self._take(request, answer)
                return
            if answer is not None and _asks_for_patience(answer):
                self.book.refused(answer.json()["type"].removeprefix("/problems/"))
            elif answer is not None:
                self.book.surprise(f"{request.key}: {answer.status_code} {answer.headers} {answer.text[:300]}")
                if answer.status_code < 500:
                    return
            await asyncio.sleep(PAUSE)  # the pause of a client before it tries again

    def _take(self, request: Request, answer: httpx.Response) -> None:
        results = answer.json()["results"] if request.batch else [answer.json()]
        if wrong := [result for result in results if result.get("problem")]:
            self.book.surprise(f"{request.key}: a row was refused: {wrong[0]}")
        else:
            self.book.promise(request, results)

    async def _tried(self, request: Request) -> httpx.Response | None:
        """None where nobody knows what became of it: the connection failed, or the time was over."""
        path, body = request.call
        headers = {"Idempotency-Key": request.key}
        try:
            return await self.clients[request.to.service].post(path, json=body, headers=headers)
        except httpx.TransportError:
            return None


def _asks_for_patience(answer: httpx.Response) -> bool:
    """A 503 as it is promised: a problem that says why, and when to ask again."""
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    return answer.status_code == 503 and is_problem and answer.headers.get("retry-after", "").isdigit()
