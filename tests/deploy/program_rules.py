"""What docker-compose.yml says to our programs, held against the programs: commands, options, settings, addresses."""

import re
from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from services import of_name
from shared.service.command import commands
from shared.settings import Settings, variable
from shared.settings.access import AccessSettings
from tests.deploy.compose import OURS, Compose, Unit

BY_WHOM = {*map(variable, AccessSettings.model_fields), "FORWARDED_ALLOW_IPS"}
"""Who may ask, from where and how often; the last one is read by uvicorn itself."""
KNOWN = {name for setting in Settings.model_fields for name in (variable(setting), f"{variable(setting)}_FILE")}
KNOWN |= BY_WHOM
ADDRESS = re.compile(r"(?:kafka|https?)://([a-z-]+):(\d+)")
PORTS = {"postgres": "5432", "kafka": "9092"}


def each_image_is_of_its_own_service(compose: Compose) -> Iterator[str]:
    for unit in _ours(compose):
        image, built = unit.given.get("image"), unit.given.get("build", {}).get("args", {}).get("SERVICE")
        if (image, built) != (f"rainmaker/{unit.ours}:local", unit.ours):
            yield f"{unit.name} has the image {image}, built for {built}"


def commands_are_known(compose: Compose) -> Iterator[str]:
    for unit in _ours(compose):
        if problem := command_problem(unit.ours, unit.command):
            yield f"{unit.name}: {problem}"


def command_problem(service: str, words: list[str]) -> str:
    """Why this service's program would refuse these words; nothing where it would not."""
    module, name, *options = words
    command = _commands(service).get(name)
    if module != f"services.{service}_svc" or command is None:
        return f"there is no such program: {module} {name}"
    try:
        command.make_context(name, options)
    except TyperException as error:
        return str(error.format_message())
    return ""


def settings_are_known(compose: Compose) -> Iterator[str]:
    for unit in _ours(compose):
        for name in sorted(unit.environment.keys() - KNOWN):
            yield f"{unit.name} sets {name}, which no program of ours reads"


def access_is_left_to_whoever_runs_it(compose: Compose) -> Iterator[str]:
    """Each of these settings can be given from outside, and is what the program takes for safe where it is not."""
    for unit in _ours(compose):
        for name in sorted(BY_WHOM) if not unit.once else ():
            if unit.environment.get(name) != "" or f"${{{name}:-}}" not in compose.text:
                yield f"{unit.name} must take {name} from outside, and have no value of its own for it"


def health_is_asked_where_it_is_answered(compose: Compose) -> Iterator[str]:
    for unit in compose.running():
        asked = re.search(
            r'"127\.0\.0\.1", (\d+)\).*GET /readyz ', str(unit.given.get("healthcheck", {}).get("test")), re.S
        )
        if unit.ours and (asked is None or asked[1] != listens_at(unit)):
            yield f"{unit.name} must be asked for /readyz at the port that it listens on, {listens_at(unit)}"


def addresses_lead_to_containers(compose: Compose) -> Iterator[str]:
    for unit in _ours(compose):
        for name, value in unit.environment.items():
            for host, port in ADDRESS.findall(value):
                other = compose.units.get(host)
                if other is None or port != (PORTS.get(host) or listens_at(other)):
                    yield f"{unit.name} has {name}={value}, where nobody listens"


def listens_at(unit: Unit) -> str:
    return unit.command[unit.command.index("--port") + 1] if "--port" in unit.command else ""


def _ours(compose: Compose) -> Iterator[Unit]:
    yield from (unit for unit in compose.units.values() if unit.ours in OURS)


def _commands(service: str) -> dict[str, Any]:
    group = typer.main.get_command(commands(of_name(service)))
    assert isinstance(group, TyperGroup)
    return dict(group.commands)


RULES = [
    each_image_is_of_its_own_service,
    commands_are_known,
    settings_are_known,
    access_is_left_to_whoever_runs_it,
    health_is_asked_where_it_is_answered,
    addresses_lead_to_containers,
]
