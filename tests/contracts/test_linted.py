"""The kept documents as the tools of others judge them."""

from collections.abc import Iterator
from re import fullmatch
from typing import Any

import pytest

from tests.contracts.kept import CURRENT, read
from tests.real.fixtures import Judge

DOCUMENTS = read(CURRENT)
WARNING = 1


def test_spectral_has_nothing_to_say(spectral: Judge) -> None:
    assert len(DOCUMENTS) == 6
    assert [one for one in spectral(DOCUMENTS) if one["severity"] <= WARNING] == []


def test_spectral_would_say_it(spectral: Judge) -> None:
    bare = {"openapi": "3.1.0", "info": {"title": "Doors", "version": "1"}, "paths": {}}
    assert {"info-contact", "oas3-api-servers"} <= {one["code"] for one in spectral({"bare": bare})}


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if "asyncapi" in name])
def test_the_official_parser_has_nothing_to_say(name: str, asyncapi_parser: Judge) -> None:
    assert [one for one in asyncapi_parser(DOCUMENTS[name]) if one["severity"] <= WARNING] == []


def test_a_pattern_holds_from_the_first_sign_to_the_last() -> None:
    """Without its ends it would take whatever has such a piece in it."""
    loose = {name: [one for one in patterns(said) if not fullmatch(r"\^.*\$", one)] for name, said in DOCUMENTS.items()}
    assert {name: found for name, found in loose.items() if found} == {}


def patterns(said: Any) -> Iterator[str]:
    if isinstance(said, dict):
        if isinstance(pattern := said.get("pattern"), str):
            yield pattern
        yield from patterns([*said.values(), *said.get("patternProperties", ())])
    elif isinstance(said, list):
        for one in said:
            yield from patterns(one)
