"""A wake-up that any thread may give and coroutines wait for, with a time-out: polling stays the truth."""

import asyncio
import contextlib
import threading


class Signal:
    """Level-triggered: what is set before the wait begins is not missed. One waiter consumes it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set = False
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def set(self) -> None:
        with self._lock:
            self._set = True
            waiters, self._waiters = self._waiters, []
        for loop, event in waiters:
            with contextlib.suppress(RuntimeError):  # its loop is closed: nobody waits any more
                loop.call_soon_threadsafe(event.set)

    async def wait(self, seconds: float) -> bool:
        """True if it was set before `seconds` passed."""
        event = asyncio.Event()
        with self._lock:
            if not self._set:
                self._waiters.append((asyncio.get_running_loop(), event))
            else:
                event.set()
        try:
            # Not `wait_for`: before Python 3.12 it loses a cancellation that comes with the wake-up.
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            with self._lock:
                self._waiters = [waiter for waiter in self._waiters if waiter[1] is not event]
        with self._lock:
            was_set, self._set = self._set, False
        return was_set
