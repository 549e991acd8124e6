"""What was once written can be read today: events only grow."""

import json
from pathlib import Path

import jsonschema
import pytest

from shared.events import Event, schema_of
from tests.contracts.golden import COMMAND, FOLDER, contracts, example, read_golden, write_missing

CONTRACTS = contracts()
GOLDEN = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_fact_has_a_golden_file(name: str) -> None:
    assert (FOLDER / f"{name}.json").exists(), f"{name} is new: write its golden file with `{COMMAND}` and commit it"


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_file_is_read_by_the_class_of_today(path: Path) -> None:
    assert path.stem in CONTRACTS, f"no class reads {path.name} any more; a fact that was stated stays readable"
    event, kept = read_golden(path), json.loads(path.read_bytes())
    assert type(event) is CONTRACTS[path.stem]
    read = event.model_dump(mode="json")
    assert {name: read.get(name) for name in kept["data"]} == kept["data"]
    assert (read["id"], read["sequence"], event.subject) == (kept["id"], int(kept["sequence"]), kept["subject"])


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_file_satisfies_the_schema_that_is_published(path: Path) -> None:
    jsonschema.validate(json.loads(path.read_bytes())["data"], _inputs_of(CONTRACTS[path.stem]))


def test_the_command_writes_each_missing_file_always_the_same_and_leaves_the_others(tmp_path: Path) -> None:
    assert {path.stem for path in write_missing(tmp_path)} == set(CONTRACTS)
    first = {path: path.read_bytes() for path in tmp_path.iterdir()}
    lost = next(iter(first))
    lost.unlink()
    assert write_missing(tmp_path) == [lost]
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == first


def test_a_class_without_an_example_is_named() -> None:
    with pytest.raises(LookupError, match="Event needs an example"):
        example(Event)


@pytest.mark.parametrize("event", CONTRACTS.values(), ids=lambda event: event.__name__)
def test_nothing_that_identifies_a_person_is_a_field_but_of_what_others_submit(event: type[Event]) -> None:
    identifying = {"email", "phone", "name_of_person", "first_name", "last_name", "message"}
    assert event.owner() == "inbound" or not identifying & event.data_fields()


def _inputs_of(event: type[Event]) -> dict[str, object]:
    """The published schema, without `required`: a file may be older than a field that has a default today."""
    return {key: part for key, part in schema_of(event).items() if key != "required"}
