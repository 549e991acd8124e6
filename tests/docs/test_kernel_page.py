"""The worked example of docs/kernel.md runs as it stands there, in sixty lines, without a change in the kernel."""

import ast
import re
import secrets
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from shared.access.tokens import Tokens
from shared.service import Service
from shared.settings import Settings
from tests.e2e.system import ROOT, scaled_secrets
from tests.eventually import eventually

PAGE = ROOT / "docs" / "kernel.md"


def example() -> str:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return str(code)


@pytest.fixture
def room(tmp_path: Path) -> ModuleType:
    path = tmp_path / f"doors_{secrets.token_hex(4)}.py"
    path.write_text(example())
    spec = spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def test_the_example_is_at_most_sixty_lines_of_code() -> None:
    imports = re.compile(r"(from|import) ")
    lines = [line for line in example().splitlines() if line.strip() and not imports.match(line)]
    assert len(lines) <= 60


ROWS = re.findall(r"^\| (.+?) \| (`shared\.[^|]+`) \|", PAGE.read_text(), re.MULTILINE)
ROOMS = [path for path in ROOT.glob("services/*_svc/**/*.py") if "migrations" not in path.parts]


def modules(cell: str) -> list[ModuleType]:
    """`.batches` behind `shared.web` means `shared.web.batches`, and `.days` behind `shared.money` `shared.days`."""
    first, *others = re.findall(r"`([\w.]+)`", cell)
    package = first if hasattr(import_module(first), "__path__") else "shared"
    return [import_module(place) for place in (first, *(f"{package}{name}" for name in others))]


@pytest.mark.parametrize(("words", "cell"), ROWS)
def test_every_name_on_the_page_is_there(words: str, cell: str) -> None:
    names = re.findall(r"`([A-Za-z_]\w*)", words)
    assert names
    assert [name for name in names if not any(hasattr(module, name) for module in modules(cell))] == []


def test_every_name_that_a_room_takes_from_the_kernel_is_on_the_page() -> None:
    """The facts of others (`shared.contracts`) are no part of the kernel."""
    known = {name for words, _ in ROWS for name in re.findall(r"`([A-Za-z_]\w*)", words)}
    taken = {
        name.name
        for path in ROOMS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and re.match(r"shared(?!\.contracts)\b", node.module or "")
        for name in node.names
    }
    modules_themselves = {"metrics"}
    assert taken - known - modules_themselves == set()


async def passages(client: httpx.AsyncClient) -> int:
    answer = await client.get("/v1/doors/front")
    return 0 if answer.status_code == 404 else int(answer.json())


async def test_the_example_takes_a_change_states_a_fact_and_counts_it_once(room: ModuleType, tmp_path: Path) -> None:
    service: Service = room.service(room)
    settings = Settings.load(scaled_secrets(), data=tmp_path / "data", database_url=f"sqlite:///{tmp_path}/doors.db")
    service.migrate(settings)
    app = service.app(lambda: settings)
    token = Tokens(settings.signing_key).issue("user:test", ["doors:read", "doors:write"], 60)
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://doors", headers=headers) as client,
    ):
        for _ in range(2):
            answer = await client.post("/v1/doors/passages", json={"door": "front"}, headers={"Idempotency-Key": "1"})
            assert answer.status_code == 201, answer.text
        await eventually(lambda: passages(client))
        assert await passages(client) == 1
        assert (await client.post("/v1/doors/passages", json={"door": 7})).status_code == 422
