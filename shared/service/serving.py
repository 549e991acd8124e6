"""Serving: uvicorn, several apps in one loop, and a stop that loses no request.

uvicorn alone resets connections that it has just accepted. So first answers say `Connection: close`, and the listeners
take nobody new in; who waits at their door is let in before they close; then there is half a second for those who were
under way, in which this process must have had its processor; then it stops.
"""

import asyncio
import contextlib
import gc
import select
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence

import uvicorn
import uvloop
from fastapi import FastAPI

from shared.service.badhttp import Protocol
from shared.settings import WrongSetting

DRAIN_SECONDS = 0.5
LATE_SECONDS = 0.05
"""Who is woken later than this did not have the machine: meanwhile nobody was served, whatever the clock says."""
LONGEST_DRAIN_SECONDS = 5.0
LONGEST_REQUEST_SECONDS = 10
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Server(uvicorn.Server):
    """One app on one socket; told to stop by `should_exit`, not by signals of its own."""

    def __init__(self, app: FastAPI, listener: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            http=Protocol,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=LONGEST_REQUEST_SECONDS,
        )
        super().__init__(config)
        self._app, self._listener = app, listener

    async def run_until_stopped(self) -> None:
        await self.serve(sockets=[self._listener])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.draining = True
        await self._let_in_who_waits()
        for server in self.servers:
            server.close()
        await _on_time(DRAIN_SECONDS)
        await super().shutdown(sockets)

    async def _let_in_who_waits(self) -> None:
        """Closing a listener resets whoever it has not accepted yet. With no room at the door the system lets newcomers
        ask again, and by then they are refused."""
        self._listener.listen(0)
        door, latest = select.poll(), asyncio.get_running_loop().time() + DRAIN_SECONDS
        door.register(self._listener, select.POLLIN)
        while door.poll(0) and asyncio.get_running_loop().time() < latest:  # noqa: ASYNC110  # there is no event for it
            await asyncio.sleep(0)

    def hurry(self) -> None:
        """A second Ctrl-C waits for no request. What the app holds is still closed in order."""
        for connection in list(self.server_state.connections):
            if connection.transport:
                connection.transport.abort()
        for task in self.server_state.tasks:
            task.cancel()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listener(host: str, port: int) -> socket.socket:
    """A socket that listens there, or `WrongSetting`: better before the start than in the middle of it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
    except OSError as error:
        found.close()
        raise WrongSetting(f"Choose another port: {host}:{port} cannot be used ({error.strerror}).") from None
    return found


async def serve(
    sites: Sequence[tuple[FastAPI, socket.socket]], alongside: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Serve all until SIGTERM or Ctrl-C; if one ends, all end. `alongside` runs from when all are up until the stop."""
    servers = [Server(app, listener) for app, listener in sites]

    def stop(number: int = 0) -> None:
        for server in servers:
            if number == signal.SIGINT and server.should_exit:
                server.hurry()
            server.should_exit = True

    with _on_signals(stop):
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(server.run_until_stopped()) for server in servers]
            for task in running:
                task.add_done_callback(lambda _: stop())
            if alongside and await _all_started(servers):
                beside = asyncio.ensure_future(alongside())
                await asyncio.wait([*running, beside], return_when=asyncio.FIRST_COMPLETED)
                await _ended(beside)


def run(main: Awaitable[None]) -> None:
    """Run to the end on the fast loop."""

    async def awaited() -> None:
        await main

    collect_less_often()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(awaited())


def collect_less_often() -> None:
    """What is imported lives for ever, and a batch of leads is thousands of objects that live for milliseconds: looking
    for rings among them every 700 objects, as Python does by itself, costs a quarter of the time of a batch."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def _on_time(seconds: float) -> None:
    """Returns once this loop has run on time for so long in a row, or after `LONGEST_DRAIN_SECONDS`."""
    loop = asyncio.get_running_loop()
    latest = loop.time() + LONGEST_DRAIN_SECONDS
    since = loop.time()
    while (now := loop.time()) < min(since + seconds, latest):
        await asyncio.sleep(LATE_SECONDS / 2)
        if loop.time() - now > LATE_SECONDS:
            since = loop.time()


async def stopped() -> None:
    """Returns at SIGTERM or Ctrl-C."""
    told = asyncio.Event()
    with _on_signals(lambda _: told.set()):
        await told.wait()


async def _ended(beside: "asyncio.Future[None]") -> None:
    """It stops with the servers; what it failed with, stops them."""
    beside.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await beside


async def _all_started(servers: Sequence[Server]) -> bool:
    while not all(server.started for server in servers):
        if any(server.should_exit for server in servers):
            return False
        await asyncio.sleep(0.02)
    return True


@contextlib.contextmanager
def _on_signals(act: Callable[[int], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, act, number)
    try:
        yield
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
