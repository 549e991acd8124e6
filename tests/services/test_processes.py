"""The local system and each service alone, as processes of their own: from start to stop."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from services import of_name
from shared.access.tokens import Tokens
from shared.settings import SERVICES
from tests.eventually import eventually
from tests.real.kafka import Broker
from tests.real.ports import free_ports
from tests.services.conftest import Tell, Told
from tests.shared.belfry import MASTER_KEY, SIGNING_KEY

ROOT = Path(__file__).parents[2]
RAINMAKER = [sys.executable, "-m", "services"]
BIN = Path(sys.executable).parent
MAKE_TOKEN = ["make", "--no-print-directory", "-o", ".venv/.runtime", f"BIN={BIN}", "token"]
"""As a person asks for it, with the environment that runs the tests taken for set up."""
START_SECONDS = 120.0
"""A bound on "never": a machine that does much else may need a minute to import it all."""

SECRETS = {"RAINMAKER_MASTER_KEY": MASTER_KEY, "RAINMAKER_SIGNING_KEY": SIGNING_KEY}
PEERS = {f"RAINMAKER_{name.upper()}_URL": "http://127.0.0.1:1" for name in SERVICES}
MAIL = {"SMTP_URL": "smtp://127.0.0.1:1", "RAINMAKER_MAIL_FROM": "us@rainmaker.example"}


def environment(folder: Path, **given: str) -> dict[str, str]:
    """Nothing of ours is inherited from whoever runs the tests."""
    ours = ("RAINMAKER_", "DATABASE_URL", "BUS_URL", "SMTP_URL", "MAKE", "ARGS")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return clean | {"RAINMAKER_DATA": str(folder)} | given


def run(command: list[str], env: dict[str, str], cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - this interpreter
        command, env=env, cwd=cwd, capture_output=True, text=True, timeout=START_SECONDS, check=False
    )


def start(command: list[str], env: dict[str, str], cwd: Path = ROOT) -> "subprocess.Popen[str]":
    log = (Path(env["RAINMAKER_DATA"]).parent / "log").open("a")
    with log:
        return subprocess.Popen(  # noqa: S603 - this interpreter
            command, env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=log, text=True
        )


def answer(url: str, bearer: str = "none") -> httpx.Response | None:
    try:
        return httpx.get(url, headers={"Authorization": f"Bearer {bearer}"}, timeout=60, trust_env=False)
    except httpx.TransportError:
        return None


async def ready(url: str) -> bool:
    found = answer(f"{url}/readyz")
    return found is not None and found.status_code == 200


@dataclass
class Local:
    folder: Path
    base: int
    process: "subprocess.Popen[str]"

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.base + 1 + SERVICES.index(name)}"

    async def up(self) -> None:
        for name in SERVICES:
            await eventually(lambda name=name: ready(self.url(name)), seconds=START_SECONDS)  # type: ignore[misc]


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    """`rainmaker serve`, started in a new data folder."""
    folder, base = tmp_path / "data", free_ports() - 1
    command = [*RAINMAKER, "serve", "--port-base", str(base)]
    with start(command, environment(folder)) as process:
        yield Local(folder, base, process)
        process.kill()


async def test_the_local_system_from_start_to_stop(local: Local, tell: Tell) -> None:
    await local.up()

    token = run(MAKE_TOKEN, environment(local.folder))
    assert token.stdout.count("\n") == 1, token.stdout + token.stderr
    principal = Tokens((local.folder / "signing" / "ed25519.pem").read_text()).verify(token.stdout.strip())
    assert principal.scopes == {scope for name in SERVICES for scope in of_name(name).scopes}
    for name in SERVICES:
        found = answer(f"{local.url(name)}/v1/dead-letters", token.stdout.strip())
        assert found is not None
        assert found.status_code == 200

    again = tell(f"serve --port-base {local.base + 4}")
    assert (again.code, again.out) == (2, "")
    assert "is in use by another Rainmaker process" in again.err and "Traceback" not in again.err
    assert tell("dead-letters campaign show dlq_none") == Told(2, "", "There is no such dead letter.\n")

    local.process.send_signal(signal.SIGTERM)
    said, _ = local.process.communicate(timeout=90)
    assert local.process.returncode == 0
    for name in SERVICES:
        assert f"{local.url(name)}/docs" in said
    assert "make token" in said
    kept = {path.name for path in local.folder.iterdir()}
    assert {"customer.db", "campaign.db", "analytics.db", "bus.db", "keys.db", "signing", "lock"} <= kept


def test_topics_wait_for_a_broker_that_answers_late(tmp_path: Path, kafka: Broker) -> None:
    if not kafka.ours:
        pytest.skip("KAFKA_BOOTSTRAP names a broker that is not ours to freeze")
    command = [sys.executable, "-m", "services.customer_svc", "topics"]
    env = environment(tmp_path, BUS_URL=f"{kafka.url}?request_timeout_ms=3000")
    kafka.freeze()
    try:
        with subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True) as making:  # noqa: S603
            assert making.stderr is not None
            said = making.stderr.readline()
            kafka.thaw()
            making.stderr.read()
        assert (making.returncode, said.endswith(" Trying again.\n")) == (0, True), said
    finally:
        kafka.thaw()


async def test_each_service_works_from_a_folder_that_holds_only_it_and_shared(tmp_path: Path) -> None:
    with ExitStack() as stack:
        base = free_ports() - 1
        for place, name in enumerate(SERVICES):
            program = tmp_path / name / "program"
            shutil.copytree(ROOT / "shared", program / "shared")
            shutil.copytree(ROOT / f"services/{name}_svc", program / f"services/{name}_svc")
            env = environment(tmp_path / name / "data", **SECRETS, **PEERS, **MAIL)
            command = [sys.executable, "-P", "-c", ALONE, f"{name}_svc", str(base + 1 + place)]
            process = stack.enter_context(start(command, env | {"PYTHONPATH": str(program)}, program))
            stack.callback(process.kill)
        for place in range(3):
            url = f"http://127.0.0.1:{base + 1 + place}"
            await eventually(lambda url=url: ready(url), seconds=START_SECONDS)  # type: ignore[misc]
            document, refused = answer(f"{url}/openapi.json"), answer(f"{url}/v1/dead-letters")
            assert document is not None and document.json()["info"]["title"] == f"Rainmaker {SERVICES[place]}"
            assert refused is not None and refused.status_code == 401


ALONE = """
import runpy, sys
from importlib.util import find_spec
name, port = sys.argv[1:]
# The checkout may be installed in this interpreter: only what lies in PYTHONPATH is to be found.
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
here = [one for one in ("customer_svc", "campaign_svc", "analytics_svc", "local") if find_spec(f"services.{one}")]
assert here == [name], here
def run(*arguments):
    for known in [known for known in sys.modules if known.split(".")[0] == "services" and known.endswith("__main__")]:
        del sys.modules[known]
    sys.argv = [name, *arguments]
    try:
        runpy.run_module(f"services.{name}", run_name="__main__")
    except SystemExit as end:
        return end.code or 0
assert [run("migrate"), run("topics"), run("dead-letters", "list"), run("worker")] == [0, 0, 0, 2]
run("api", "--port", port)
"""
