"""What the Dockerfile must keep to, beside what hadolint says: each rule yields a sentence where it does not."""

import re
from collections.abc import Iterator

from tests.deploy.dockerfile import Dockerfile

INSTALLING = re.compile(r"\bpip install\b[^&|;]*")
COPIES = {
    ("shared", "shared"),
    ("services/__init__.py", "services/"),
    ("services/${SERVICE}_svc", "services/${SERVICE}_svc"),
}


def bases_are_pinned(file: Dockerfile) -> Iterator[str]:
    for stage in file.stages:
        if not re.match(r"python:3\.\d+-slim\b", stage[0].rest):
            yield f"FROM {stage[0].rest} is not a slim Python of one version"


def what_builds_stays_behind(file: Dockerfile) -> Iterator[str]:
    if len(file.stages) < 2:
        yield "packages must be installed in a stage of their own"
    for rest in file.all("RUN"):
        if INSTALLING.search(rest) or "apt-get" in rest:
            yield f"the last stage installs: {rest}"


def no_frontend_is_fetched(file: Dockerfile) -> Iterator[str]:
    if re.search(r"^#\s*syntax\s*=", file.text, re.MULTILINE | re.IGNORECASE):
        yield "a `# syntax` line fetches a program that nothing pins"


def packages_are_checked_by_hash(file: Dockerfile) -> Iterator[str]:
    for instruction in (one for stage in file.stages for one in stage if one.word == "RUN"):
        for command in INSTALLING.findall(instruction.rest):
            if "--require-hashes -r" not in command:
                yield f"{command.strip()} takes packages without their hashes"


def no_test_package_goes_in(file: Dockerfile) -> Iterator[str]:
    if found := re.findall(r"requirements-(?:test|bench)\S*|\btests?/", file.text):
        yield f"the image gets {found}"


def one_service_is_copied(file: Dockerfile) -> Iterator[str]:
    if set(file.copies) != COPIES or "SERVICE" not in file.all("ARG"):
        yield f"the last stage must copy shared/ and the one service that is asked for, not {file.copies}"


def it_runs_as_nobody_special(file: Dockerfile) -> Iterator[str]:
    users = file.all("USER")
    if not users or not re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", users[-1]):
        yield "the last USER must be numbers, so that an orchestrator can see that it is not root"


def everybody_can_read_what_is_copied(file: Dockerfile) -> Iterator[str]:
    if not any(re.search(r"\bchmod -R a\+rX /app\b", rest) for rest in file.all("RUN")):
        yield "files keep the modes of the check-out, and its owner is not the image's user: chmod -R a+rX /app"


def it_is_started_without_a_shell(file: Dockerfile) -> Iterator[str]:
    if not file.all("ENTRYPOINT") or file.entrypoint[:2] != ["python", "-m"]:
        yield 'ENTRYPOINT must be ["python", "-m"]: a shell would not pass signals on'


RULES = [
    bases_are_pinned,
    what_builds_stays_behind,
    no_frontend_is_fetched,
    packages_are_checked_by_hash,
    no_test_package_goes_in,
    one_service_is_copied,
    it_runs_as_nobody_special,
    everybody_can_read_what_is_copied,
    it_is_started_without_a_shell,
]
