"""The commands of one service: `python -m services.customer_svc api`, and the same as `rainmaker api customer`.

Whatever a person can mend by a setting ends with code 2 and one sentence.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from typing import Annotated

import typer

from shared.access.tokens import Tokens
from shared.backoff import backoff
from shared.bus import BusUnavailable, open_bus
from shared.database import migrations
from shared.deadletters.command import letters_commands
from shared.service import Service, from_environment, rights, serving
from shared.settings import SERVICES, Settings, WrongSetting, folders_of
from shared.settings.datafolder import FolderInUse, all_held
from shared.telemetry import logs

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)]

TOPICS_SECONDS = 60.0
"""How long making topics is tried: a broker that starts together with everything else answers late."""


def main(service: Service, arguments: list[str] | None = None, program: str | None = None) -> None:
    """Run one command and leave with its code."""
    with sentences():
        commands(service)(args=arguments, prog_name=program or f"python -m services.{service.name}_svc")


@contextmanager
def sentences() -> Iterator[None]:
    """What a person can mend is said in a sentence on standard error, without a traceback."""
    try:
        yield
    except (WrongSetting, FolderInUse, PermissionError, BusUnavailable) as error:
        typer.echo(str(error), err=True)
        sys.exit(2)


def commands(service: Service) -> typer.Typer:
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help=f"The commands of {service.name}_svc.",
    )
    for name, command in (
        ("api", _api),
        ("worker", _worker),
        ("migrate", _migrate),
        ("topics", _topics),
        ("acls", _acls),
        ("token", _token),
    ):
        app.command(name)(command(service))
    app.add_typer(letters_commands(service), name="dead-letters")
    return app


def _api(service: Service) -> Callable[..., None]:
    usual = 8001 + SERVICES.index(service.name) if service.name in SERVICES else 8000

    def api(host: Host = "127.0.0.1", port: Port = usual) -> None:
        """Answer requests; on SQLite or the embedded bus, do the work of `worker` too."""
        settings = _ready(service)
        with all_held(settings.folders(service.name, vault=service.vault), {service.name: f"http://{host}:{port}"}):
            serving.run(serving.serve([(service.app(lambda: settings), serving.listener(host, port))]))

    return api


def _worker(service: Service) -> Callable[..., None]:
    def worker(
        host: Host = "127.0.0.1",
        port: Annotated[int | None, typer.Option(help="Also answer /livez, /readyz and /metrics here.")] = None,
    ) -> None:
        """Publish facts, handle facts, do due work. Run as many as are needed."""
        settings = _ready(service)
        if settings.embedded(service.name):
            raise WrongSetting(
                "On SQLite `api` does the work of `worker` too, since one process owns the files: start only `api`, "
                "or set DATABASE_URL to PostgreSQL and BUS_URL to Kafka."
            )
        if port is None:
            serving.run(_work(service, settings))
        else:
            app = service.app(lambda: settings, worker=True, only_operations=True)
            serving.run(serving.serve([(app, serving.listener(host, port))]))

    return worker


def _migrate(service: Service) -> Callable[..., None]:
    def migrate(
        make: Annotated[str, typer.Option(help="For developers: write a version that brings what changed.")] = "",
    ) -> None:
        """Bring the database to the newest version."""
        if make:
            typer.echo(_made(service, make))
            return
        settings = from_environment()
        logs.configure(format=settings.log_format, level=settings.log_level)
        with all_held(folders_of(settings.database_for(service.name))):
            typer.echo(" ".join(service.migrate(settings)) or "nothing to do")

    return migrate


def _topics(service: Service) -> Callable[..., None]:
    def topics() -> None:
        """Make the topics that this service writes or reads; what is there stays as it is."""
        settings = from_environment()
        asyncio.run(_create(settings, service.topics))
        typer.echo("\n".join(sorted(service.topics)))

    return topics


def _acls(service: Service) -> Callable[..., None]:
    def acls(user: Annotated[str, typer.Option(help="The user that this service is on Kafka.")] = service.name) -> None:
        """Print a script that gives this service its rights on a Kafka with ACLs: docs/deploy.md."""
        writes, reads = ({event.TOPIC for event in events} for events in (service.facts, service.receives))
        typer.echo("\n".join(rights.script(user, writes, reads, service.groups)))

    return acls


def _token(service: Service) -> Callable[..., None]:
    def token(
        role: Annotated[list[str], typer.Option(help=f"One of {', '.join(service.roles)}; may be given again.")],
        hours: Annotated[int, typer.Option(help="How long it is good for.", min=1)] = 12,
    ) -> None:
        """Print a token for those who have these roles; every service with the same signing key takes it."""
        tokens = Tokens(_ready(service).signing_key)
        typer.echo(tokens.issue("user:operator", [], hours * 3_600, known_roles(role, service.roles)))

    return token


def known_roles(asked: Sequence[str], known: Collection[str]) -> list[str]:
    """The roles that were asked for, or `WrongSetting` that names those there are."""
    if unknown := set(asked) - set(known):
        raise WrongSetting(f"There is no role {', '.join(sorted(unknown))}; the roles are {', '.join(known)}.")
    return list(asked)


def _ready(service: Service) -> Settings:
    settings = from_environment()
    service.check(settings)
    logs.configure(format=settings.log_format, level=settings.log_level)
    return settings


async def _work(service: Service, settings: Settings) -> None:
    async with service.running(settings) as runtime, service.working(runtime):
        await serving.stopped()


async def _create(settings: Settings, topics: dict[str, int]) -> None:
    bus, until = open_bus(settings.bus), time.monotonic() + TOPICS_SECONDS
    try:
        for attempt in count():
            try:
                return await bus.create_topics(topics)
            except BusUnavailable as trouble:
                if time.monotonic() > until:
                    raise
                typer.echo(f"{trouble} Trying again.", err=True)
                await asyncio.sleep(backoff(attempt, first=0.2, longest=5.0))
    finally:
        await bus.close()


def _made(service: Service, message: str) -> str:
    if service.versions is None:
        raise WrongSetting(f"{service.name} has no folder of versions.")
    path = migrations.write_version(service.versions, service.tables, message)
    if path and find_spec("ruff"):
        subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=True)  # noqa: S603 - ours
    return str(path) if path else "the versions and the tables agree"
