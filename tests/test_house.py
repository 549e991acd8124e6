"""The rules of the house, held by tests: what `make lint` cannot say about the tree as a whole."""

import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LINES = 250
LONG = {
    "LICENSE": "its text is not ours to shorten",
    "requirements*.lock": "made by make lock",
    "*/static/*": "vendored, as its authors publish it",
    "*.json": "data, and golden files",
    "*.svg": "drawn by a command",
    "bench/RESULTS.md": "written by make bench",
    "*/migrations/versions/*": "written by a command, and never changed afterwards",
}
"""What may be longer, and why."""

HOSTS = ("pypi.", "pythonhosted.", "npmjs.", "repo.maven.", "repo1.maven.", "crates.io", "proxy.golang.", "deb.debian.")
MACHINE_PATH = re.compile(r"(?<![\w.~$}*-])/(?:root|home|Users|work|opt/wheels)/\w")
BOUNDS_BEHIND = re.compile(
    r"(?:Text|LINES?|WHOLE|Int64|Count),\s*(?:Field|Described|Shown)\((?:[^()]|\([^()]*\))*?\b(?:min_length|max_length|ge|le)="
)
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def _tracked() -> list[str]:
    """Every file that is committed, or would be by `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607  git is needed to get here
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return sorted({name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()})


def _text(name: str) -> str:
    """Of a text file; of a picture, nothing."""
    try:
        return (ROOT / name).read_text()
    except UnicodeDecodeError:
        return ""


FILES = _tracked()
MODULES = [name for name in FILES if name.endswith(".py")]
MAKEFILE = _text("Makefile")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))


def test_imports_keep_to_their_contracts() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {name: len(_text(name).splitlines()) for name in FILES if not any(fnmatch(name, may) for may in LONG)}
    assert {name: lines for name, lines in long.items() if lines > LINES} == {}


def test_no_file_names_a_package_registry() -> None:
    prose = [name for name in FILES if name != "tests/test_house.py" and not name.endswith(".json")]
    assert [(name, host) for name in prose for host in HOSTS if host in _text(name)] == []


def test_no_file_holds_a_path_of_somebodys_machine() -> None:
    assert [(name, found[0]) for name in FILES if (found := MACHINE_PATH.search(_text(name)))] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name for name in MODULES if {*Path(name).parts, Path(name).stem} & VAGUE] == []


def test_every_module_says_what_it_promises() -> None:
    said = re.compile(r'\A(?:#.*\n|\s)*r?"""\S')
    assert [name for name in MODULES if _text(name).strip() and not said.match(_text(name))] == []


def test_nothing_is_marked_as_unfinished() -> None:
    assert [(name, found[0]) for name in MODULES if (found := UNFINISHED.search(_text(name)))] == []


def test_make_help_lists_every_target() -> None:
    command = ["make", "--no-print-directory", "help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    listed = re.findall(r"^  make ([a-z-]+) +\S", shown.stdout, re.MULTILINE)
    assert sorted(listed) == sorted(TARGETS)


def test_a_demo_installs_no_test_packages() -> None:
    command = ["make", "--no-print-directory", "--dry-run", "--always-make", "demo"]
    planned = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert "requirements.lock" in planned
    assert "requirements-test.lock" not in planned


@pytest.mark.parametrize("page", [name for name in FILES if name.endswith(".md")])
def test_every_make_command_in_a_page_exists(page: str) -> None:
    named = set(re.findall(r"(?:`|^\s*|\$ |&& )make ([a-z][a-z-]*)", _text(page), re.MULTILINE))
    assert named <= TARGETS


def test_bounds_stand_before_what_cleans_so_that_they_are_published() -> None:
    """`Annotated[str, Field(max_length=100), LINE]`: behind it they would be held, and no schema would say so."""
    files = [name for name in _tracked() if name.startswith(("services/", "shared/")) and name.endswith(".py")]
    assert BOUNDS_BEHIND.search("Annotated[Text, Field(description='a (b)', max_length=100)]")
    assert [name for name in files if BOUNDS_BEHIND.search((ROOT / name).read_text())] == []
