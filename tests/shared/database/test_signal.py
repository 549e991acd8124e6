"""A wake-up is not missed, and who is told to stop stops."""

import asyncio
import threading

from shared.database.signal import Signal


async def test_what_was_set_before_the_wait_is_not_missed() -> None:
    signal = Signal()
    signal.set()
    assert await signal.wait(600) and not await signal.wait(0.001)


async def test_any_thread_wakes_whoever_waits() -> None:
    signal = Signal()
    waiting = asyncio.create_task(signal.wait(600))
    await asyncio.sleep(0)
    threading.Thread(target=signal.set).start()
    assert await waiting


async def test_a_cancellation_that_comes_with_the_wake_up_is_not_lost() -> None:
    """A loop that missed it would go on for ever, and its process never end."""
    for turns in range(8):
        signal = Signal()
        waiting = asyncio.create_task(signal.wait(600))
        await asyncio.sleep(0)
        signal.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        ended_before = waiting.done()
        waiting.cancel()
        await asyncio.wait([waiting])
        assert ended_before or waiting.cancelled()
