"""The three services on both databases, as `make fuzz` asks them but for a moment, and the same cases each time.

Nothing answers 5xx, nothing otherwise than its document says, nothing unsound is taken, and nothing sound refused but
for the reasons in `excused.py`.
"""

from pathlib import Path

import pytest

from shared.settings import SERVICES
from tests.e2e.system import local, running
from tests.fuzz.run import fuzz

ASKED = {"sqlite": ("all", "examples,coverage"), "postgresql": ("positive", "fuzzing,stateful")}
"""What is unsound is refused at the door, which is the same on both: only what is sound meets the database. `make fuzz`
asks for all of it on each."""
BOUNDED = ["--max-examples", "2"]


@pytest.mark.parametrize("database", ASKED)
def test_every_operation_answers_as_its_document_says(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings = {"RAINMAKER_LOG_LEVEL": "error"}
    if database == "postgresql":
        settings["DATABASE_URL"] = request.getfixturevalue("postgres_service_url")
    with running(local(tmp_path, **settings)) as system:
        mode, phases = ASKED[database]
        asked = {name: fuzz(system, name, ["--mode", mode, *BOUNDED], phases=phases) for name in SERVICES}
        said = {name: asking.communicate()[0] for name, asking in asked.items()}
    found = [f"{name}:\n{said[name]}" for name, asking in asked.items() if asking.returncode]
    assert not found, "\n\n".join(found)
