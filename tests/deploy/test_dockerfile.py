"""The Dockerfile keeps to its rules and to hadolint's, and each rule is shown a file that breaks it."""

import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.deploy.compose import OURS, ROOT, clean_environment
from tests.deploy.dockerfile import FILE, Dockerfile, installed
from tests.deploy.dockerfile_rules import RULES as LISTED

RULES = {rule.__name__: rule for rule in LISTED}
HADOLINT = Path(sys.executable).with_name("hadolint")

BAD = [
    ("bases_are_pinned", "FROM python:3.12-slim AS packages", "FROM python AS packages"),
    ("what_builds_stays_behind", "RUN useradd", "RUN pip install --require-hashes -r requirements.lock && useradd"),
    ("no_frontend_is_fetched", "# The image of one service", "# syntax=docker/dockerfile:1\n# The image"),
    ("packages_are_checked_by_hash", "--require-hashes -r requirements.lock", "-r requirements.lock"),
    ("packages_are_checked_by_hash", "--require-hashes -r requirements-setup.lock", "uv"),
    ("no_test_package_goes_in", "-r requirements.lock", "-r requirements.lock -r requirements-test.lock"),
    ("one_service_is_copied", "COPY services/${SERVICE}_svc services/${SERVICE}_svc", "COPY services services"),
    ("one_service_is_copied", "COPY shared shared", "COPY . ."),
    ("it_runs_as_nobody_special", "USER 10001:10001\n", ""),
    ("it_runs_as_nobody_special", "USER 10001:10001", "USER root"),
    ("everybody_can_read_what_is_copied", " \\\n && chmod -R a+rX /app", ""),
    ("it_is_started_without_a_shell", 'ENTRYPOINT ["python", "-m"]', "ENTRYPOINT python -m"),
]
"""The rule, and one edit that breaks it."""


@pytest.mark.parametrize("rule", RULES)
def test_the_dockerfile_keeps_to_its_rules(rule: str) -> None:
    assert list(RULES[rule](Dockerfile.read())) == []


@pytest.mark.parametrize(("rule", "good", "bad"), BAD)
def test_each_rule_turns_red(rule: str, good: str, bad: str) -> None:
    assert good in FILE.read_text()
    assert list(RULES[rule](Dockerfile.read(FILE.read_text().replace(good, bad, 1)))) != []


def test_each_rule_is_shown_a_bad_file() -> None:
    assert {rule for rule, _, _ in BAD} == set(RULES)


def test_hadolint_finds_nothing() -> None:
    assert _linted(FILE) == (0, "")


def test_hadolint_finds_what_it_should(tmp_path: Path) -> None:
    (bad := tmp_path / "Dockerfile").write_text(FILE.read_text().replace("WORKDIR /app", "RUN cd /app && sudo ls"))
    code, said = _linted(bad)
    assert code == 1 and "DL3003" in said and "DL3004" in said


@pytest.mark.parametrize("service", OURS)
def test_an_image_holds_one_service_and_the_kernel(service: str, tmp_path: Path) -> None:
    Dockerfile.read().laid_out(service, tmp_path / "app")
    assert {path.name for path in (tmp_path / "app/services").iterdir()} == {"__init__.py", f"{service}_svc"}
    assert {path.name for path in (tmp_path / "app").iterdir()} == {"services", "shared"}


@pytest.mark.parametrize("service", OURS)
def test_a_program_needs_nothing_that_is_not_in_its_image(service: str, tmp_path: Path) -> None:
    """Neither a package of the tests nor the project installed as one, as it is everywhere but there."""
    Dockerfile.read().laid_out(service, tmp_path / "app")
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-S", "-m", f"services.{service}_svc", "topics", "--help"],
        env=clean_environment() | {"PYTHONPATH": str(installed(tmp_path / "packages")), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path / "app",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_docker_is_sent_only_what_the_images_are_made_of() -> None:
    first, *allowed = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    sent = {line.removeprefix("!") for line in allowed if line.startswith("!")}
    copied = {source.partition("/")[0] for source, _ in Dockerfile.read().copies}
    assert first == "*" and sent == copied | {"requirements.lock", "requirements-setup.lock"}
    assert not any(fnmatch("secrets/master_key", one) for one in sent)


def _linted(path: Path) -> tuple[int, str]:
    done = subprocess.run([HADOLINT, "--no-color", path], capture_output=True, text=True, check=False)  # noqa: S603
    return done.returncode, done.stdout
