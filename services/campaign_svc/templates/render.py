"""A message from a template and facts. Pure: the same two give the same text, within bounds, or a reason why not.

Promises: a subject is one line; what a variable holds is escaped in HTML; an unknown variable is empty, and named.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from liquid import BoundTemplate
from liquid.exceptions import LiquidError, ResourceLimitError

from services.campaign_svc.templates.liquid import (
    HTML,
    KNOWN_FILTERS,
    PLAIN,
    limited_time,
    refuse_loose_ranges,
    refuse_slow_markup,
)

Part = Literal["subject", "text", "html"]
MAX_SUBJECT = 250
_QUOTED = re.compile(r"\s*'.*'", re.DOTALL)
"""The library repeats what it did not understand; a refusal never does."""


class Unrenderable(Exception):
    """A part of a template that cannot be read, or that cannot become a text. `line` counts from 1 within the part."""

    def __init__(self, part: Part, line: int, reason: str) -> None:
        super().__init__(f"{part}, line {line}: {reason}")
        self.part, self.line, self.reason = part, line, reason


@dataclass(frozen=True, slots=True)
class Parsed:
    """A template ready to be rendered often: reading it costs as much as rendering it thirty times."""

    parts: Mapping[Part, BoundTemplate]
    variables: tuple[tuple[str | int, ...], ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """`missing` names the variables that the facts do not hold, as in `contact.first_name`: they render as nothing."""

    subject: str
    text: str
    html: str | None
    missing: tuple[str, ...]


def parse(subject: str, text: str, html: str | None = None) -> Parsed:
    """Raises `Unrenderable` for the first part that is not Liquid as it is allowed here."""
    sources: dict[Part, str] = {"subject": subject, "text": text}
    if html is not None:
        sources["html"] = html
    parts = {part: _parse(part, source) for part, source in sources.items()}
    return Parsed(parts, tuple(sorted({path for part in parts.values() for path in paths(part)}, key=dotted)))


def render(template: Parsed, facts: Mapping[str, Any]) -> Rendered:
    """Raises `Unrenderable` where a limit of size or time is passed, or a filter cannot do its work."""
    with limited_time():
        made = {part: _render(part, parsed, facts) for part, parsed in template.parts.items()}
    missing = tuple(dotted(path) for path in template.variables if _value(facts, path) is None)
    return Rendered(one_line(made["subject"])[:MAX_SUBJECT], made["text"], made.get("html"), missing)


def one_line(text: str) -> str:
    """No line end of any kind, no control character: a header that is written from it stays one header."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _parse(part: Part, source: str) -> BoundTemplate:
    try:
        refuse_slow_markup(source)
        parsed = (HTML if part == "html" else PLAIN).from_string(source)
        refuse_loose_ranges(parsed)
        analysis = parsed.analyze(include_partials=False)
    except LiquidError as error:
        raise _refusal(part, source, error) from None
    except RecursionError:
        raise Unrenderable(part, 1, "it is nested too deeply") from None
    for name, places in analysis.filters.items():
        if name not in KNOWN_FILTERS:
            raise Unrenderable(part, _line(source, places[0].index), "there is no such filter; see the list of filters")
    return parsed


def _render(part: Part, parsed: BoundTemplate, facts: Mapping[str, Any]) -> str:
    try:
        return parsed.render(facts)
    except ResourceLimitError as error:
        raise _refusal(part, "", error) from None
    except (LiquidError, ArithmeticError, TypeError, ValueError, RecursionError) as error:
        raise Unrenderable(part, 1, f"a filter cannot work on what it was given ({type(error).__name__})") from None


def _refusal(part: Part, source: str, error: LiquidError) -> Unrenderable:
    token = error.token
    line = _line(token.source or source, token.start_index) if token is not None else 1
    return Unrenderable(part, line, _QUOTED.sub("", str(error.message or "not readable as Liquid")))


def _line(source: str, index: int) -> int:
    return source.count("\n", 0, max(index, 0)) + 1


def paths(template: BoundTemplate) -> set[tuple[str | int, ...]]:
    """Variables that come from the facts. A path with a variable inside (`a[b]`) ends before it."""
    return {_fixed(segments) for segments in template.global_variable_segments(include_partials=False)}


def _fixed(segments: Sequence[Any]) -> tuple[str | int, ...]:
    fixed: list[str | int] = []
    for segment in segments:
        if not isinstance(segment, str | int):
            break
        fixed.append(str(segment) if isinstance(segment, str) else segment)
    return tuple(fixed)


def _value(facts: Any, path: Sequence[str | int]) -> Any:
    """What the path leads to, or None. `size`, `first` and `last` are Liquid's own, of whatever they stand behind."""
    for step in path:
        if isinstance(facts, Mapping) and step in facts:
            facts = facts[step]
        elif isinstance(facts, list | str) and step in ("size", "first", "last"):
            return facts
        elif isinstance(facts, list) and isinstance(step, int) and -len(facts) <= step < len(facts):
            facts = facts[step]
        else:
            return None
    return facts


def dotted(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path))
