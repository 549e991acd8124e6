"""`rainmaker`: the local system, and the commands of each service by its name."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from services import of_name
from shared.access.tokens import Tokens
from shared.contracts.access import ROLES
from shared.imports.command import import_file
from shared.service import from_environment
from shared.service.command import commands, known_roles, sentences
from shared.settings import SERVICES, WrongSetting

PASSED_ON = {
    "api": "Answer requests of one service.",
    "worker": "Publish facts, handle facts, do due work of one service.",
    "migrate": "Bring the database of one service to the newest version.",
    "topics": "Make the topics of one service.",
    "acls": "Print the rights of one service on a Kafka with ACLs.",
    "dead-letters": "Facts that one service could not handle: list, show, replay.",
}
HOUR = 3_600

PortBase = Annotated[int, typer.Option(help="customer answers on this + 1, campaign + 2, analytics + 3.", min=1)]
Data = Annotated[Path | None, typer.Option(help="The data folder, instead of RAINMAKER_DATA or .rainmaker.")]

NewFolder = Annotated[Path | None, typer.Option(help="A new folder, which stays; a temporary one where left out.")]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


def main() -> None:
    with sentences():
        app(prog_name="rainmaker")


@app.command()
def serve(port_base: PortBase = 8000, data: Data = None) -> None:
    """The local system: three services in one process, until Ctrl-C."""
    from services.local import local_settings, run_local

    run_local(local_settings(port_base, data), port_base)


@app.command()
def demo(
    port_base: PortBase = 8000,
    data: NewFolder = None,
    leads: Annotated[int, typer.Option(help="How many.", min=1)] = 200,
    seconds: Annotated[float, typer.Option(help="Over which time they are posted.", min=0)] = 20.0,
    seed: Annotated[int, typer.Option(help="The same seed makes the same leads.")] = 1,
    ends: Annotated[bool, typer.Option("--exit", help="End after the summary instead of staying up.")] = False,
) -> None:
    """The local system in a new folder, fed with leads of made-up people: watch the follow-ups happen."""
    from services.demo import run

    run(port_base, data, leads=leads, seconds=seconds, seed=seed, ends=ends)


@app.command()
def token(
    scopes: Annotated[str, typer.Option(help="Separated by blanks; every scope where no role is named either.")] = "",
    role: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(ROLES)}; may be given again.")] = None,
    hours: Annotated[int, typer.Option(help="How long it is good for.", min=1)] = 12,
    data: Data = None,
) -> None:
    """Print a token for the local system, or for the system whose RAINMAKER_SIGNING_KEY is set."""
    from shared.access.localkeys import make_local_keys

    roles = known_roles(role or [], ROLES)
    settings = from_environment() if data is None else from_environment(data=data)
    tokens = Tokens(make_local_keys(settings).signing_key)
    asked = scopes.split() or ([] if roles else every_scope())
    typer.echo(tokens.issue("user:operator", asked, hours * HOUR, roles))


def every_scope() -> list[str]:
    """The scopes that the services that are here ask for, as their OpenAPI documents say."""
    here = [of_name(name) for name in SERVICES if find_spec(f"services.{name}_svc")]
    return sorted({scope for service in here for scope in service.scopes})


def _passed_on(command: str) -> None:
    def pass_on(context: typer.Context) -> None:
        name, *rest = context.args or [""]
        if name not in SERVICES:
            raise WrongSetting(f"Say which service: rainmaker {command} {'|'.join(SERVICES)}.")
        commands(of_name(name))(args=[command, *rest], prog_name=f"rainmaker [{name}]")

    settings = {"allow_extra_args": True, "ignore_unknown_options": True}
    app.command(command, help=PASSED_ON[command], context_settings=settings, add_help_option=False)(pass_on)


app.command("import")(import_file)

for _command in PASSED_ON:
    _passed_on(_command)

if __name__ == "__main__":
    main()
