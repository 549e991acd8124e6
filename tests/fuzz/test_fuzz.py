"""The three services on both databases, as `make fuzz` asks them but for a moment, and the same cases each time.

Nothing answers 5xx, nothing otherwise than its document says, nothing unsound is taken, and no example is refused but
for the reasons in `excused.py`.
"""

from pathlib import Path

import pytest

from shared.settings import SERVICES
from tests.chaos.stacks import run_as
from tests.e2e.system import local, running
from tests.fuzz.run import fuzz

NOT_ASKED = ["--exclude-checks", "sound_requests_are_taken"]
ASKED = {
    "sqlite": ["--phases", "examples,coverage"],
    "postgresql": ["--phases", "fuzzing,stateful", "--mode", "positive", *NOT_ASKED],
}
"""What is unsound is refused at the door, which is the same on both: only what is sound meets the database. Why sound
requests of chance were refused is a question for `make fuzz`, which asks for all of it on each: here two runs of one
state of the code must not differ."""
BOUNDED = ["--max-examples", "2"]


@pytest.mark.parametrize("database", ASKED)
def test_every_operation_answers_as_its_document_says(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings = {"RAINMAKER_LOG_LEVEL": "error"}
    if database == "postgresql":
        settings["DATABASE_URL"] = request.getfixturevalue("postgres_service_url")
    system = local(tmp_path, **settings)
    run_as(system, "tests.fuzz.patient")
    with running(system):
        asked = {name: fuzz(system, name, [*ASKED[database], *BOUNDED]) for name in SERVICES}
        said = {name: asking.communicate()[0] for name, asking in asked.items()}
    found = [f"{name}:\n{said[name]}" for name, asking in asked.items() if asking.returncode]
    assert not found, "\n\n".join(found)
