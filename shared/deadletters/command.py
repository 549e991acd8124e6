"""`dead-letters list | show | replay`: over HTTP where a process holds the files, else straight on the database."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import httpx
import orjson
import typer
from sqlmodel import Session

from shared.access.localkeys import with_local_keys
from shared.access.tokens import Tokens
from shared.deadletters import list_letters, show
from shared.deadletters.api import LetterOut, opened, replayed
from shared.principal import Principal
from shared.problems import Problem
from shared.runtime import Runtime
from shared.service import Service, from_environment
from shared.settings import Settings, WrongSetting
from shared.settings.datafolder import addresses_of_holder
from shared.telemetry import logs

OPERATOR = "user:operator"
SCOPES = ("dead-letters:read", "dead-letters:replay", "dead-letters:open")
TOKEN_SECONDS = 60
SHOWN = 200
"""Of the oldest: whoever replays them sees the next."""

Straight = Callable[[Runtime], Coroutine[Any, Any, Any]]


def letters_commands(service: Service) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Facts that could not be handled.")

    @app.command("list")
    def list_them() -> None:
        """Those that nobody has replayed yet, oldest first."""
        _tell(service, "GET", f"?limit={SHOWN}", _listed)

    @app.command("show")
    def show_one(
        letter_id: str,
        content: Annotated[bool, typer.Option("--open", help="What it said, which may be about a person.")] = False,
    ) -> None:
        """Where it stood, and why it was set aside."""
        if content:
            _tell(service, "GET", f"/{letter_id}/message", lambda runtime: _opened_letter(runtime, letter_id))
        else:
            _tell(service, "GET", f"/{letter_id}", lambda runtime: _shown(runtime, letter_id))

    @app.command("replay")
    def replay(letter_id: str) -> None:
        """Handle it once more, now that the cause is mended."""
        _tell(service, "POST", f"/{letter_id}/replay", lambda runtime: _replayed(runtime, letter_id))

    return app


def _tell(service: Service, method: str, path: str, straight: Straight) -> None:
    settings = with_local_keys(from_environment())
    settings.check(service.name)
    logs.configure(format=settings.log_format, level="warning")
    address = _address(service, settings)
    if address:
        answer = _asked(settings, method, f"{address}/v1/dead-letters{path}")
    else:
        answer = asyncio.run(_opened(service, settings, straight))
    typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())


def _address(service: Service, settings: Settings) -> str | None:
    """Where the process that holds the files answers for this service; None where nobody holds them."""
    for folder in settings.folders(service.name, vault=service.vault):
        addresses = addresses_of_holder(folder)
        if addresses is not None and service.name not in addresses:
            raise WrongSetting(
                f"{folder} is in use by a process that does not answer for {service.name}; stop it first."
            )
        if addresses is not None:
            return addresses[service.name]
    return None


def _asked(settings: Settings, method: str, url: str) -> Any:
    token = Tokens(settings.signing_key).issue(OPERATOR, SCOPES, TOKEN_SECONDS)
    answer = httpx.request(method, url, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False)
    if answer.is_error:
        raise WrongSetting(str(answer.json().get("detail", answer.status_code)))
    found = answer.json()
    return found.get("items", found)


async def _opened(service: Service, settings: Settings, straight: Straight) -> Any:
    async with service.running(settings, checked=False) as runtime:
        try:
            return await straight(runtime)
        except Problem as problem:
            refused = problem.detail  # raised outside: the service did not fail
    raise WrongSetting(refused)


async def _listed(runtime: Runtime) -> list[dict[str, Any]]:
    def all_of_them(session: Session) -> list[dict[str, Any]]:
        return [LetterOut.of(letter).model_dump(mode="json") for letter in list_letters(session, SHOWN)]

    return await runtime.db.read(all_of_them)


async def _shown(runtime: Runtime, letter_id: str) -> dict[str, Any]:
    return LetterOut.of(await runtime.db.read(show, letter_id)).model_dump(mode="json")


async def _opened_letter(runtime: Runtime, letter_id: str) -> dict[str, Any]:
    return (await opened(runtime, letter_id, Principal(OPERATOR))).model_dump(mode="json")


async def _replayed(runtime: Runtime, letter_id: str) -> dict[str, Any]:
    return (await replayed(runtime, letter_id)).model_dump(mode="json")
