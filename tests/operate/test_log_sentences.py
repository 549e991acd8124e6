"""Whoever meets a line of the log finds it on the page: each sentence with its levels, and no other."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.operate.files import PAGE, ROOT

LEVELS = {"info": "info", "warning": "warning", "error": "error", "exception": "error", "critical": "critical"}


def logged(source: str) -> Iterator[tuple[str, str]]:
    """Sentence and level of each `log().warning("...")`. One that varies could not be searched for: it is refused."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=logger, attr=level), args=[said, *_]) if level in LEVELS:
                if re.search(r"\blog\(\)$|\b_log$", ast.unparse(logger)):
                    assert isinstance(said, ast.Constant), f"expected a fixed phrase: {ast.unparse(node)}"
                    yield str(said.value), LEVELS[level]


def in_the_code() -> dict[str, set[str]]:
    found = defaultdict(set)
    for folder in ("shared", "services"):
        for file in (ROOT / folder).rglob("*.py"):
            for sentence, level in logged(file.read_text()):
                found[sentence].add(level)
    return dict(found)


def on_the_page() -> dict[str, set[str]]:
    section = PAGE.read_text().partition("\n## Logs\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?`) \| ([a-z, ]+) \|", section, re.M)
    return {sentence: set(levels.split(", ")) for said, levels in rows for sentence in re.findall("`(.+?)`", said)}


def test_every_sentence_of_the_log_is_on_the_page_with_its_levels_and_no_other() -> None:
    assert on_the_page() == in_the_code() and len(in_the_code()) > 20


def test_a_sentence_is_found_with_its_level() -> None:
    ours = 'log().warning("a waits")\nlogs.log().exception("b failed")\nself._log.info("c")\n'
    assert list(logged(ours + 'math.log(2)\nparser.error("d")')) == [
        ("a waits", "warning"),
        ("b failed", "error"),
        ("c", "info"),
    ]


def test_a_sentence_that_varies_is_refused() -> None:
    with pytest.raises(AssertionError, match="a fixed phrase"):
        list(logged('log().error(f"{name} failed")'))
