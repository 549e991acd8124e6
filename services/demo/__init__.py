"""`rainmaker demo`: the local system in a new data folder, fed with leads of people who do not exist, and watched."""

import os
import tempfile
from pathlib import Path
from shutil import rmtree

from services import of_name
from services.demo.people import made_up
from services.demo.show import Show
from services.local import local_settings, run_local
from shared.settings import SERVICES, Settings, WrongSetting, variable


def run(
    port_base: int,
    data: Path | None = None,
    *,
    leads: int = 200,
    seconds: float = 20.0,
    seed: int = 1,
    ends: bool = False,
) -> None:
    """Until Ctrl-C, or with `ends` until the summary. A folder made here goes at the end, one that is given stays.

    Raises SystemExit with a sentence when the system did not do what the demo is to show.
    """
    _forget_the_environment()
    folder = _new(data)
    try:
        settings = local_settings(port_base, folder)
        show = Show(made_up(leads, seed), seconds, scopes=_every_scope(), ends=ends, seed=seed)
        run_local(_quiet(settings), port_base, show.beside)
    finally:
        if data is None:
            rmtree(folder, ignore_errors=True)
    if show.failure:
        raise SystemExit(show.failure)


def _forget_the_environment() -> None:
    """Made-up leads never reach a database, a bus or a mail server that the environment names."""
    for name in Settings.model_fields:
        if not name.startswith("log_"):
            os.environ.pop(variable(name), None)
            os.environ.pop(f"{variable(name)}_FILE", None)


def _new(data: Path | None) -> Path:
    if data is None:
        return Path(tempfile.mkdtemp(prefix="rainmaker-demo-"))
    if data.exists() and any(data.iterdir()):
        raise WrongSetting(f"Choose a new folder for the demo: there is something in {data} already.")
    return data


def _quiet(settings: Settings) -> Settings:
    """Follow-ups are not to drown in lines that tell of ordinary work."""
    given = variable("log_level") in os.environ
    return settings if given else settings.model_copy(update={"log_level": "warning"})


def _every_scope() -> list[str]:
    return sorted({scope for name in SERVICES for scope in of_name(name).scopes})
