"""Waiting for what must become true, by asking."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(ask: Callable[[], Awaitable[T | None]], *, seconds: float = 90.0, pause: float = 0.05) -> T:
    """The first answer of `ask` that counts as true. A bound on "never", not a figure of how fast it is."""
    try:
        async with asyncio.timeout(seconds):
            while not (answer := await ask()):  # noqa: ASYNC110  # what is asked lives in other processes
                await asyncio.sleep(pause)
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: the last answer was {answer!r}") from None
    return answer


async def until(condition: Callable[[], bool], *, seconds: float = 90.0, pause: float = 0.01) -> None:
    """The same for what can be seen from here."""

    async def ask() -> bool:
        return condition()

    await eventually(ask, seconds=seconds, pause=pause)
