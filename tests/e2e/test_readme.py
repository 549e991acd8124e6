"""README and tour, run as they stand: each `sh` block in one shell, its output held against the `json` after it."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from shared.settings import Settings, variable
from tests.e2e.system import ROOT, System, local, running

README = (ROOT / "README.md").read_text()
TOUR = (ROOT / "docs" / "tour.md").read_text()
BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
END = "-- the end of this block --"
TOLD_TO_COME_AGAIN = '"status":503'
PATIENCE_SECONDS = 90.0

IDENTIFIER = re.compile(r"[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="the README asks by curl, and there is none here")


class Shell:
    """One bash for the whole page, so that what a block sets is there for the next."""

    def __init__(self, system: System) -> None:
        self._bash = subprocess.Popen(
            ["bash", "-u"],  # noqa: S607  the reader's own
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._urls = {f"http://127.0.0.1:{8001 + place}": url for place, url in enumerate(system.urls.values())}
        self.run(f"make() {{ echo {system.token}; }}")

    def run(self, block: str) -> str:
        """What the block prints."""
        assert self._bash.stdin and self._bash.stdout
        for shown, real in self._urls.items():
            block = block.replace(shown, real)
        self._bash.stdin.write(f"{block}\necho; echo '{END}'\n")
        self._bash.stdin.flush()
        said = "".join(iter(self._bash.stdout.readline, f"{END}\n"))
        return self.run(block) if TOLD_TO_COME_AGAIN in said else said

    def close(self) -> None:
        self._bash.communicate("exit\n", timeout=60)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with running(local(tmp_path_factory.mktemp("readme"))) as system:
        shell = Shell(system)
        yield shell
        shell.close()


def _steps() -> list[tuple[str, Any]]:
    """Each block to run, with the answer that is shown for it, or None."""
    steps: list[tuple[str, Any]] = []
    for language, text in BLOCK.findall(README + TOUR):
        if language == "sh":
            steps.append((text, None))
        else:
            steps[-1] = (steps[-1][0], json.loads(text))
    return steps


def test_the_tour_does_what_the_page_says(shell: Shell) -> None:
    shown = [answer for _, answer in _steps() if answer is not None]
    assert len(shown) >= 10
    for block, answer in _steps():
        if answer is None:
            assert shell.run(block).strip() == "", block
        else:
            _run_until(shell, block, answer)


def _run_until(shell: Shell, block: str, shown: Any) -> None:
    """A block that only asks is asked again until what it waits for is there; one that changes something runs once."""
    until = time.monotonic() + (0 if " -d " in block else PATIENCE_SECONDS)
    while not _agree(shown, answer := _answer(shell.run(block))):
        assert time.monotonic() < until, f"{block}\nanswered\n{json.dumps(answer, indent=1)}\ninstead of\n{shown}"
        time.sleep(0.1)


def _answer(output: str) -> Any:
    """The last JSON that was printed; answers stand beside each other without a line end."""
    decoder, place, last = json.JSONDecoder(), 0, None
    output = output.strip()
    while place < len(output):
        last, place = decoder.raw_decode(output, place)
    return last


def _agree(shown: Any, real: Any) -> bool:
    """What is shown is there: fields and elements may be left out, ids and moments are others each time."""
    if isinstance(shown, dict):
        return isinstance(real, dict) and all(name in real and _agree(shown[name], real[name]) for name in shown)
    if isinstance(shown, list):
        return isinstance(real, list) and all(any(_agree(one, other) for other in real) for one in shown)
    return bool(shown == real) or any(_alike(pattern, shown, real) for pattern in (IDENTIFIER, MOMENT))


def _alike(pattern: re.Pattern[str], shown: Any, real: Any) -> bool:
    return all(isinstance(one, str) and bool(pattern.fullmatch(one)) for one in (shown, real))


def test_an_answer_that_says_something_else_is_noticed() -> None:
    assert _agree({"items": [{"a": 1}]}, {"items": [{"a": 2}, {"a": 1, "b": 3}], "next": None})
    assert _agree("con_01m82kws6xexw828vtafvqxm45", "con_01m82kws9hedzsy97afyprgmk7")
    assert not _agree({"a": 1}, {"a": 2})
    assert not _agree({"a": None}, {})
    assert not _agree([{"a": 1}], [])
    assert not _agree("2026-01-31T09:30:00Z", "yesterday")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_explained(name: str) -> None:
    pages = [(ROOT / "docs" / page).read_text() for page in ("settings.md", "access.md")]
    assert any(re.search(rf"`{variable(name)}\b", page) for page in pages)


@pytest.mark.parametrize(
    "page", ["README.md", "SECURITY.md", *(f"docs/{path.name}" for path in ROOT.glob("docs/*.md"))]
)
def test_every_link_leads_somewhere(page: str) -> None:
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text())
    assert [place for place in linked if not ((ROOT / page).parent / place).exists()] == []
