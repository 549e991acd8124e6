"""The servers that are measured over HTTP, each a process: `python -m bench.serve KIND SERVICE PORT`, as in production.

`stored` is the service as it is, `working` that with relay, inbox and due work beside it, as SQLite has it. `unwritten`
is the same app on a database that answers without writing, `alone` on one that gives each unit of work its own commit.
`sessions` is what one writes by hand (`bench.sessions`).
"""

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from importlib import import_module
from typing import Any

from fastapi import FastAPI
from sqlmodel import Session

from bench import sessions
from bench.unwritten import unwritten
from shared.database import Database
from shared.database.engines import make_engine
from shared.database.tx import Tx
from shared.database.unit import Leaving
from shared.principal import Principal
from shared.service import Service, serving
from shared.settings import Settings
from shared.telemetry import logs


def service_of(name: str) -> Service:
    """Imported when it is asked for: a process holds no other service than its own."""
    found: Service = import_module(f"services.{name}_svc.main").service
    return found


def swapped(name: str, kind: type[Database]) -> FastAPI:
    """A service with another database, swapped after the start: FastAPI's overrides cost a millisecond a request."""
    app = service_of(name).app(worker=False)
    started = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with started(app) as state:
            written = app.state.runtime.db
            app.state.runtime.db = kind(written.url.render_as_string(hide_password=False), service=name)
            yield state
            await app.state.runtime.db.close()
            app.state.runtime.db = written

    app.router.lifespan_context = lifespan
    return app


class InSession(Database):
    """The same units of work, each in the event loop with a session and a commit of its own."""

    @cached_property
    def _engine(self) -> Any:
        return make_engine(self.url, pool_size=1)

    async def write(self, fn: Any, /, *args: Any, by: Principal, **_: Any) -> Any:
        leaving = Leaving()
        with self._engine.connect() as connection, Session(connection) as session:
            tx = Tx(session, self.clock(), by)
            found = fn(tx, *args)
            leaving.take(tx)
            leaving.write(session)
            session.commit()
        return found


KINDS: dict[str, Callable[[str], FastAPI]] = {
    "stored": lambda name: service_of(name).app(worker=False),
    "working": lambda name: service_of(name).app(worker=True),
    "unwritten": lambda name: swapped(name, unwritten(name)),
    "alone": lambda name: swapped(name, InSession),
    "sessions": lambda name: sessions.app(os.environ["DATABASE_URL"].replace("{service}", name)),
}


def main() -> None:
    kind, name, port = sys.argv[1:4]
    settings = Settings.load(os.environ)
    logs.configure(format=settings.log_format, level=settings.log_level)
    serving.run(serving.serve([(KINDS[kind](name), serving.listener("127.0.0.1", int(port)))]))


if __name__ == "__main__":
    main()
