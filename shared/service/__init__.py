"""A service: its rooms, assembled into an app that answers and a worker that acts.

A room is a module with a `router`, and where it has them `HANDLERS` (event class to handler), `effects(runtime)` (for
due work), `INTAKES` (what it takes from other systems), `loops(runtime)` (whatever else must run, by name), `GAUGES`
(what of it waits, for the metrics), `KEPT` (how long rows stay) and `SEEDS` (what it brings out of the box).
"""

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from fastapi import FastAPI
from prometheus_client import Gauge
from sqlalchemy import MetaData

from shared.access.tokens import Tokens
from shared.bus import Bus, open_bus
from shared.database import Database, migrations
from shared.database.seeding import plant
from shared.due import Due, Effect
from shared.events import REGISTRY, Event
from shared.events.inbox import Handler
from shared.events.intake import Intake
from shared.events.outbox import Relay
from shared.runtime import Runtime
from shared.service.health import Health
from shared.service.operations import TAGS, operations_router
from shared.service.readiness import checks_of
from shared.service.upkeep import Counted, Upkeep
from shared.service.worker import Loop, Worker
from shared.settings import Settings, WrongSetting
from shared.settings.access import keys_in
from shared.settings.datafolder import held
from shared.telemetry import logs
from shared.vault import Vault
from shared.web import install

PARTITIONS = 6
"""Per topic on Kafka: divides evenly by one, two, three and six workers."""


def from_environment(**given: object) -> Settings:
    return Settings.load(os.environ, **given)


class Service:
    """`about`: what it is for, in a sentence. `vault`: keeps identifying data. `mail`: sends e-mail. `calls`: which
    siblings it asks, with what scopes. `roles`: which scopes a role has. `tags`: what its operations are filed under,
    for whoever reads of them. `key_used`: the fact by which it tells the owner of API keys that one was used.

    `versions` is the folder of its schema's migrations; without one its tables are made as they are in the code.
    """

    def __init__(
        self,
        name: str,
        *,
        about: str = "",
        tables: MetaData,
        rooms: Sequence[ModuleType],
        vault: bool = False,
        mail: bool = False,
        calls: Mapping[str, Sequence[str]] | None = None,
        roles: Mapping[str, frozenset[str]] | None = None,
        tags: Mapping[str, str] | None = None,
        key_used: type[Event] | None = None,
        versions: Path | None = None,
    ) -> None:
        self.name, self.about, self.tables, self.rooms = name, about or None, tables, tuple(rooms)
        self.vault, self.mail, self.calls, self.versions = vault, mail, dict(calls or {}), versions
        self.roles, self.tags, self.key_used = dict(roles or {}), dict(tags or {}), key_used

    def app(
        self,
        load: Callable[[], Settings] = from_environment,
        *,
        worker: bool | None = None,
        bus: Bus | None = None,
        only_operations: bool = False,
    ) -> FastAPI:
        """The app. Settings are loaded when it starts, not here. It works as a worker too where files demand that.

        Services in one process share one `bus`, so that a consumer is woken by its neighbour's publish. With
        `only_operations` it has no rooms: the health and metrics of a worker.
        """

        @asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncIterator[None]:
            settings = load()
            logs.configure(format=settings.log_format, level=settings.log_level)
            works = settings.embedded(self.name) if worker is None else worker
            async with self.running(settings, bus=bus) as runtime, self.working(runtime, works) as loops:
                app.state.runtime = runtime
                app.state.health = Health(checks_of(runtime, self.versions, loops))
                yield

        tags = [{"name": name, "description": about} for name, about in (self.tags | TAGS).items()]
        app = FastAPI(title=f"Rainmaker {self.name}", summary=self.about, lifespan=lifespan, openapi_tags=tags)
        install(app, name=self.name, roles=self.roles)
        for room in () if only_operations else self.rooms:
            app.include_router(room.router)
        operations = operations_router(self.name, sends=self.facts, receives=self.receives, partitions=PARTITIONS)
        app.include_router(operations)
        return app

    @asynccontextmanager
    async def running(
        self, settings: Settings, *, bus: Bus | None = None, checked: bool = True
    ) -> AsyncIterator[Runtime]:
        """All that the service holds, open; closed in the opposite order. A command that only looks needs no check."""
        if checked:
            self.check(settings)
        async with AsyncExitStack() as closing:
            for folder in settings.folders(self.name, vault=self.vault):
                closing.enter_context(held(folder))
            runtime = self._opened(settings, bus or open_bus(settings.bus))
            if bus is None:
                closing.push_async_callback(runtime.bus.close)
            closing.push_async_callback(runtime.close)
            try:
                await runtime.db.start()
                logs.log().info("service started", service=self.name)
                yield runtime
                logs.log().info("service stops", service=self.name)
            except Exception:
                logs.log().exception("service failed", service=self.name)
                raise

    @asynccontextmanager
    async def working(self, runtime: Runtime, wanted: bool = True) -> AsyncIterator[Worker | None]:
        """Relay, inbox, due work and housekeeping run inside this block."""
        if not wanted:
            yield None
            return
        async with Worker(self.name, self._loops(runtime)) as worker:
            yield worker

    def check(self, settings: Settings) -> None:
        """Raises `WrongSetting` when this service could not do its work with these settings."""
        settings.check(self.name, vault=self.vault, mail=self.mail, calls=list(self.calls))
        if unknown := set(settings.issuer_roles.values()) - set(self.roles):
            raise WrongSetting(
                f"Set RAINMAKER_OIDC_ROLES to pairs that end in one of {', '.join(self.roles)}; "
                f"{', '.join(sorted(unknown))} is no role here."
            )

    def migrate(self, settings: Settings) -> list[str]:
        """Bring the database to the newest version and plant what the rooms bring along; the versions applied."""
        url = settings.database_for(self.name)
        applied = migrations.migrate(url, self.versions, self.tables)
        plant(url, self.name, [seed for seeds in self._offered("SEEDS") for seed in seeds])
        return applied

    @property
    def scopes(self) -> set[str]:
        """Every scope that an operation of this service asks for."""
        operations = [operation for path in self.app().openapi()["paths"].values() for operation in path.values()]
        demands = [demand for operation in operations for demand in operation.get("security", ())]
        return {scope for demand in demands for scopes in demand.values() for scope in scopes}

    @property
    def facts(self) -> list[type[Event]]:
        """The facts that this service states."""
        return [event for event in REGISTRY.values() if event.owner() == self.name]

    @property
    def handlers(self) -> dict[type[Event], list[Handler]]:
        """The handlers of all rooms: two rooms may handle one fact."""
        found: dict[type[Event], list[Handler]] = {}
        for room in self.rooms:
            for event, handler in getattr(room, "HANDLERS", {}).items():
                found.setdefault(event, []).append(handler)
        return found

    @property
    def intakes(self) -> list[Intake]:
        """What other systems may submit to this service."""
        return [intake for offered in self._offered("INTAKES") for intake in offered]

    @property
    def receives(self) -> list[type[Event]]:
        """What this service reads from the bus."""
        return [*self.handlers, *(intake.event for intake in self.intakes)]

    @property
    def groups(self) -> list[str]:
        """The consumer groups that it reads with."""
        return [f"rainmaker-{self.name}", *([f"rainmaker-{self.name}-inbound"] if self.intakes else [])]

    @property
    def topics(self) -> dict[str, int]:
        """The topics that this service writes or reads, with their partitions."""
        return {event.TOPIC: PARTITIONS for event in (*self.facts, *self.receives)}

    def _opened(self, settings: Settings, bus: Bus) -> Runtime:
        return Runtime(
            name=self.name,
            settings=settings,
            db=Database(settings.database_for(self.name), service=self.name),
            bus=bus,
            tokens=Tokens(settings.signing_key, keys_in(settings.verify_keys), roles=self.roles),
            vault=Vault.open(settings.keys, settings.master) if self.vault else None,
            handlers=self.handlers,
            calls=self.calls,
            offered=self.intakes,
            key_used=self.key_used,
        )

    def _loops(self, runtime: Runtime) -> dict[str, Loop]:
        effects: list[Effect] = [effect for make in self._offered("effects") for effect in make(runtime)]
        tasks, kept = [effect.task for effect in effects], [one for offered in self._offered("KEPT") for one in offered]
        upkeep = Upkeep(runtime.db, runtime.bus, runtime.readers, self._gauges(), tasks, kept)
        loops: dict[str, Loop] = {
            "relay": Relay(runtime.db, runtime.bus).run,
            "inbox": runtime.inbox.run,
            "upkeep": upkeep.run,
        }
        if self.intakes:
            loops["intake"] = runtime.intakes.run
        if effects:
            loops["due"] = Due(runtime.db, effects).run
        for make in self._offered("loops"):
            loops |= make(runtime)
        return loops

    def _gauges(self) -> dict[Gauge, Counted]:
        return {gauge: counted for offered in self._offered("GAUGES") for gauge, counted in offered.items()}

    def _offered(self, name: str) -> list[Any]:
        return [getattr(room, name) for room in self.rooms if hasattr(room, name)]
