"""The three services on both databases, as `make fuzz` asks them but for a moment, and the same cases each time.

Nothing answers 5xx, nothing otherwise than its document says, nothing unsound is taken. That all that is sound is
taken, and the edges of every field, are left to `make fuzz`.
"""

from pathlib import Path

import pytest

from shared.settings import SERVICES
from tests.e2e.system import local, running
from tests.fuzz.run import fuzz

PHASES = {"sqlite": "examples", "postgresql": "fuzzing,stateful"}
"""What stands at the door is the same on both, so that each database is asked something else."""
BOUNDED = ["--max-examples", "2", "--exclude-checks", "sound_requests_are_taken"]


@pytest.mark.parametrize("database", PHASES)
def test_every_operation_answers_as_its_document_says(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings = {"RAINMAKER_LOG_LEVEL": "error"}
    if database == "postgresql":
        settings["DATABASE_URL"] = request.getfixturevalue("postgres_service_url")
    with running(local(tmp_path, **settings)) as system:
        asked = {name: fuzz(system, name, ["--phases", PHASES[database], *BOUNDED]) for name in SERVICES}
        said = {name: asking.communicate()[0] for name, asking in asked.items()}
    found = [f"{name}:\n{said[name]}" for name, asking in asked.items() if asking.returncode]
    assert not found, "\n\n".join(found)
