"""`rainmaker import`: against a service that listens, with a worker of its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from typer.testing import CliRunner, Result

from shared.imports.command import import_file
from shared.service import Service
from shared.service.serving import Server, listener
from shared.settings import Settings, WrongSetting
from shared.settings.datafolder import make_folder
from tests.eventually import eventually
from tests.shared.imports import room
from tests.shared.imports.parcels import METADATA

Run = Callable[..., "asyncio.Future[Result]"]


@pytest.fixture
async def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Run]:
    """`await run("file.csv", "--as", ...)`: the command, in a thread, beside the service in this loop."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    settings = Settings(data=tmp_path / "data", signing_key=pem, master_key="00112233445566778899aabbccddeeff" * 2)
    service = Service("test", tables=METADATA, rooms=[room])
    make_folder(settings.data)
    service.migrate(settings)
    socket = listener("127.0.0.1", 0)
    monkeypatch.setenv("RAINMAKER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RAINMAKER_SIGNING_KEY", pem)
    monkeypatch.setenv("RAINMAKER_CUSTOMER_URL", f"http://127.0.0.1:{socket.getsockname()[1]}")
    server = Server(service.app(lambda: settings, worker=True), socket)
    serving = asyncio.create_task(server.run_until_stopped())
    await eventually(_true(lambda: server.started))
    app = typer.Typer()
    app.command("import")(import_file)
    yield lambda *arguments: asyncio.ensure_future(asyncio.to_thread(CliRunner().invoke, app, list(arguments)))
    server.should_exit = True
    await serving


def _true(ask: Callable[[], bool]) -> Callable[[], "asyncio.Future[bool]"]:
    async def answer() -> bool:
        return ask()

    return lambda: asyncio.ensure_future(answer())


async def test_a_file_goes_in_and_its_rejected_rows_come_back_beside_it(run: Run, tmp_path: Path) -> None:
    (file := tmp_path / "parcels.csv").write_text("label;kilos\na;1,5\nb;heavy\nc;2\n")
    told = await run(str(file), "--as", "parcels", "--map", "weight=kilos", "--decimal", ",")
    assert told.exit_code == 0, told.output
    assert " done" in told.stdout and "parcels.rejects.csv" in told.stdout.replace("\n", "")
    assert "b;heavy;2;3;" in (tmp_path / "parcels.rejects.csv").read_text(encoding="utf-8-sig")
    counts = next(line for line in told.stdout.splitlines() if line.startswith("│"))
    assert [cell.strip() for cell in counts.strip("│").split("│")] == ["3", "2", "0", "0", "1"]


async def test_a_preview_shows_what_would_happen(run: Run, tmp_path: Path) -> None:
    (file := tmp_path / "parcels.csv").write_text("label,weight,colour\na,1\nb,2,red\nc,x,red\n")
    told = await run(str(file), "--as", "parcels", "--preview")
    assert told.exit_code == 0, told.output
    assert "not taken: colour" in told.stdout
    assert "line 3 created: {'label': 'b', 'weight': '2'}" in told.stdout
    assert "line 2 rejected: It has 2 cells, the header has 3." in told.stdout
    assert "line 4 rejected: weight: Must be a number" in told.stdout


async def test_what_is_refused_is_said_in_sentences(run: Run, tmp_path: Path) -> None:
    (file := tmp_path / "parcels.csv").write_text("label\na\n")
    told = await run(str(file), "--as", "parcels", "--map", "weight=kilos")
    assert isinstance(told.exception, WrongSetting)
    assert "/query/map/kilos: The file has no column of this name" in str(told.exception)
    told = await run(str(file), "--as", "letters")
    assert str(told.exception) == "Say --as with one of: parcels."


class _Stranger(BaseHTTPRequestHandler):
    """Says that it takes parcels, hangs up on who sends one, and answers a preview with a page for people."""

    def do_GET(self) -> None:
        self._answer(json.dumps({"items": [{"name": "parcels", "scope": "parcels:write"}]}))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if "preview" in self.path:
            self._answer("<h1>Bad gateway</h1>", 502)
        self.close_connection = True

    def _answer(self, text: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def stranger() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Stranger)
    serving = Thread(target=server.serve_forever, args=(0.05,))
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


async def test_a_service_that_goes_away_or_is_none_is_said_in_sentences(
    run: Run, stranger: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file := tmp_path / "parcels.csv").write_text("label\na\n")
    monkeypatch.setenv("RAINMAKER_CUSTOMER_URL", stranger)
    monkeypatch.setenv("RAINMAKER_DATA", str(tmp_path / "elsewhere"))
    told = await run(str(file), "--as", "parcels")
    assert isinstance(told.exception, WrongSetting), told.exception
    assert "stopped answering" in str(told.exception)
    told = await run(str(file), "--as", "parcels", "--preview")
    assert isinstance(told.exception, WrongSetting), told.exception
    assert f"{stranger}/v1/imports:preview answered 502" in str(told.exception)
