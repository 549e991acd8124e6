"""The local system: three services in one process on loopback, one data folder, nothing else to install."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import typer

from services import of_name
from shared.access.localkeys import make_local_keys
from shared.bus import open_bus
from shared.service import Service, serving
from shared.settings import SERVICES, Settings
from shared.settings.datafolder import all_held, make_folder
from shared.telemetry import logs

LOOPBACK = "127.0.0.1"
SENDER = "Rainmaker <hello@rainmaker.example>"

Beside = Callable[[Settings], Awaitable[None]]


def local_settings(port_base: int, data: Path | None = None) -> Settings:
    """The environment's settings; what a local system needs besides is made in its data folder."""
    settings = Settings.load(os.environ, **({"data": data} if data else {}), **addresses(port_base))
    settings.check_several()
    make_folder(settings.data)
    usual = {
        "keys_url": f"sqlite:///{settings.data}/keys.db",  # also when the rest is on PostgreSQL: nobody else reads it
        "smtp_url": f"file://{settings.data.absolute() / 'mailbox'}",
        "mail_from": SENDER,
        "private_addresses": True,
        "log_format": "text",
    }
    given = settings.model_dump(exclude_unset=True)  # what was set counts, also where it is what it would be anyway
    return make_local_keys(Settings.model_validate(usual | given))


def addresses(port_base: int) -> dict[str, str]:
    return {f"{name}_url": f"http://{LOOPBACK}:{port}" for name, port in ports(port_base).items()}


def ports(port_base: int) -> dict[str, int]:
    return {name: port_base + 1 + place for place, name in enumerate(SERVICES)}


def run_local(settings: Settings, port_base: int, beside: Beside | None = None) -> None:
    """Migrate, serve until SIGTERM or Ctrl-C. `beside` runs once all three answer."""
    logs.configure(format=settings.log_format, level=settings.log_level)
    services = [of_name(name) for name in SERVICES]
    folders = {folder for service in services for folder in settings.folders(service.name, vault=service.vault)}
    reached: dict[str, str] = {name: settings.url_of(name) for name in SERVICES}
    with all_held(sorted(folders), reached):
        for service in services:
            service.check(settings)
            service.migrate(settings)
        serving.run(_served(settings, services, port_base, beside))


async def _served(settings: Settings, services: list[Service], port_base: int, beside: Beside | None) -> None:
    bus = open_bus(settings.bus)
    listeners = {name: serving.listener(LOOPBACK, port) for name, port in ports(port_base).items()}

    async def alongside() -> None:
        _greet(settings)
        if beside:
            await beside(settings)

    try:
        await bus.create_topics({topic: count for service in services for topic, count in service.topics.items()})
        apps = [(service.app(lambda: settings, worker=True, bus=bus), listeners[service.name]) for service in services]
        await serving.serve(apps, alongside)
    finally:
        await bus.close()


def _greet(settings: Settings) -> None:
    for name in SERVICES:
        typer.echo(f"{name:<9}  {settings.url_of(name)}/docs")
    token = f'make token ARGS="--data {settings.data}"'
    typer.echo(f"data in {settings.data}; `{token}` prints a token to try them with; Ctrl-C stops")
