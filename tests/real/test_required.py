"""RAINMAKER_REQUIRE: a run that was to use a real part, and did not, fails and says so."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.system import ROOT

TESTS = """
import pytest
from tests.real.required import REAL, absent

@pytest.fixture
def kafka():
    absent("kafka", "there is no Maven")

@pytest.fixture
def postgres_server():
    return "there"

@pytest.fixture
def postgres_url(request):
    request.node.user_properties.append((REAL, "postgres"))

def test_on_kafka(kafka): pass
def test_without(): pass
def test_on_postgres(postgres_server): pass
def test_on_postgres_by_its_address(request): request.getfixturevalue("postgres_url")
"""


TWO_WORKERS = ("-p", "xdist", "-n", "2")


@pytest.mark.parametrize(
    ("required", "which", "processes", "code", "said"),
    [
        ("", "", (), 0, ": no kafka: there is no Maven"),
        ("kafka", "", (), 1, "RAINMAKER_REQUIRE names kafka, and it cannot be had: there is no Maven"),
        ("kafka", "without", (), 1, "kafka: required by RAINMAKER_REQUIRE, and no test passed on it: failed"),
        ("kafka", "without", TWO_WORKERS, 1, "kafka: required by RAINMAKER_REQUIRE, and no test passed on it: failed"),
        ("postgres", "", TWO_WORKERS, 0, "postgres: the real one was used by 2 tests that passed"),
        ("kafak", "", (), 4, "RAINMAKER_REQUIRE knows postgres, kafka, node, history, not kafak"),
    ],
)
def test_what_is_required_is_used_or_the_run_fails(
    tmp_path: Path, required: str, which: str, processes: Sequence[str], code: int, said: str
) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    plugin = ["-p", "tests.real.required", "--rootdir", "."]
    command = [sys.executable, "-m", "pytest", "-rs", "-q", *plugin, "-k", which, *processes]
    environment = os.environ | {
        "RAINMAKER_REQUIRE": required,
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode == code, ended.stdout
    assert said in ended.stdout + ended.stderr
