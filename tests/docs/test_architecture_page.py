"""docs/architecture.md tells the truth: its files are there, no room is missing, and a lead goes the way it says."""

import ast
import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.e2e.system import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()
STEPS: list[tuple[str, str]] = re.findall(r"^\| \d+ \|.*\| `([\w/.]+\.py)` `([\w.]+)` \|$", PAGE, re.MULTILINE)
NAMED: list[tuple[str, str]] = re.findall(r"`([\w/.]+\.py)` `([\w.]+)`", PAGE)
SERVICES = ("customer_svc", "campaign_svc", "analytics_svc")


def test_every_line_of_the_way_is_read() -> None:
    assert len(STEPS) == len(re.findall(r"^\| \d+ \|", PAGE, re.MULTILINE)) > 20


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_what_the_page_names_is_there(file: str, name: str) -> None:
    tree: ast.AST = ast.parse((ROOT / file).read_text())
    for part in name.split("."):
        tree = next(node for node in ast.walk(tree) if getattr(node, "name", None) == part)


def test_a_lead_goes_the_way_that_the_page_describes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.docs.followed", str(tmp_path)]
    followed = subprocess.run(  # noqa: S603  # our own module
        command, cwd=ROOT, input=json.dumps(STEPS), capture_output=True, text=True, check=False
    )
    assert followed.returncode == 0, followed.stderr[-3000:]
    seen = {tuple(step): at for at, step in enumerate(json.loads(followed.stdout.splitlines()[-1]))}
    assert [step for step in STEPS if step not in seen] == []
    late = [(earlier, later) for earlier, later in pairwise(STEPS) if seen[earlier] > seen[later]]
    assert late == [], "these are called in the other order"


@pytest.mark.parametrize("service", SERVICES)
def test_the_picture_shows_every_room(service: str) -> None:
    picture = re.search(r"```\n(.*?)```", PAGE, re.DOTALL)
    assert picture is not None
    column = SERVICES.index(service)
    boxes = [line.split("│") for line in picture[1].splitlines() if line.startswith("│")]
    shown = {word for cells in boxes for word in cells[1 + 2 * column].split()}
    rooms = {path.parent.name for path in (ROOT / "services" / service).glob("*/__init__.py")} - {"migrations"}
    assert rooms <= shown


def test_every_package_of_the_kernel_is_listed() -> None:
    packages = {f"shared/{path.parent.name}" for path in (ROOT / "shared").glob("*/__init__.py")}
    assert packages == set(re.findall(r"^\| `(shared/\w+)` \|", PAGE, re.MULTILINE))
