"""Liquid as it is safe for texts that users write: no files, no way around escaping, and a bound on all it can grow.

The library limits loops and output, not filters, where 22 bytes can become gigabytes. So filters are a chosen set, each
refuses to take, or to give back, more than a message could use, and none begins after the time of a rendering is over.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from liquid import BoundTemplate, Environment, Node, RenderContext
from liquid.builtin.expressions import LoopExpression
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidError, LiquidSyntaxError, ResourceLimitError
from liquid.expression import Expression
from liquid.token import TOKEN_TAG, Token

SECONDS = 1.0
OUTPUT_BYTES = 200_000
LETTERS, ITEMS, NUMBER = 20_000, 1_000, 10**30
LOOPS = 1_000

TAGS_LEFT_OUT = ("include", "render")
FILTERS_LEFT_OUT = ("safe", "escapejs", "strip_html")
"""The first two mark a text as needing no escaping; the third can take the square of the text."""

MARKUP = 2_000
_OPENS = re.compile(r"\{\{|\{%")
_CLOSES = {"{{": "}}", "{%": "%}"}
_BLANKS = re.compile(r"\s{100}")

_until: ContextVar[float] = ContextVar("_until", default=float("inf"))


class _Liquid(Environment):
    loop_iteration_limit = LOOPS
    output_stream_limit = OUTPUT_BYTES
    local_namespace_limit = OUTPUT_BYTES
    context_depth_limit = 15
    block_nesting_limit = 15

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for tag in TAGS_LEFT_OUT:
            del self.tags[tag]
        for name in FILTERS_LEFT_OUT:
            del self.filters[name]
        self.filters = {name: _bounded(act, _GROWTH.get(name)) for name, act in self.filters.items()}


@contextmanager
def limited_time() -> Iterator[None]:
    token = _until.set(time.monotonic() + SECONDS)
    try:
        yield
    finally:
        _until.reset(token)


def refuse_slow_markup(source: str) -> None:
    """Before the library reads it: an open `{{` without an end, or many blanks, cost it the square of the text."""
    end = 0
    while opened := _OPENS.search(source, end):
        start, end = opened.end(), source.find(_CLOSES[opened[0]], opened.end())
        if end < 0:
            raise _at(source, opened.start(), "what is opened here is not closed")
        if end - start > MARKUP:
            raise _at(source, opened.start(), f"a tag has at most {MARKUP} characters")
        if _OPENS.search(source, start, end) or _BLANKS.search(source, start, end):
            raise _at(source, opened.start(), "a tag holds no other tag and no long run of blanks")


def _at(source: str, index: int, reason: str) -> LiquidSyntaxError:
    return LiquidSyntaxError(reason, token=Token(TOKEN_TAG, "", index, source))


def refuse_loose_ranges(template: BoundTemplate) -> None:
    """A range stands where a loop counts, and there its length is limited. `(1..9999999999) contains "a"` is not."""
    context = RenderContext(template)
    for node in template.nodes:
        _refuse_in_node(node, context)


def _refuse_in_node(node: Node, context: RenderContext) -> None:
    for expression in node.expressions():
        _refuse_in_expression(expression)
    for child in node.children(context, include_partials=False):
        _refuse_in_node(child, context)


def _refuse_in_expression(expression: Expression) -> None:
    if isinstance(expression, RangeLiteral):
        raise LiquidSyntaxError("a range can only stand in a for loop", token=expression.token)
    counted = expression.iterable if isinstance(expression, LoopExpression) else None
    for child in expression.children():
        if child is not counted:
            _refuse_in_expression(child)


def _replaced(text: Any, old: Any = "", new: Any = "") -> int:
    return str(text).count(str(old)) * len(str(new))


def _joined(items: Any, between: Any = " ") -> int:
    return (len(items) if isinstance(items, list | tuple | range) else 1) * len(str(between))


_GROWTH: dict[str, Callable[..., int]] = {"replace": _replaced, "join": _joined}
"""Filters whose result can be the product of what they are given: its length, known before it is made."""


def _bounded(act: Callable[..., Any], growth: Callable[..., int] | None) -> Callable[..., Any]:
    @wraps(act)  # also keeps the marks by which the library hands over its context
    def bounded(*given: Any, **named: Any) -> Any:
        if time.monotonic() > _until.get():
            raise ResourceLimitError("the template takes too long", token=None)
        for value in given:
            _refuse_large(value)
        if growth and growth(*given) > LETTERS:
            raise _too_large()
        result = act(*given, **named)
        _refuse_large(result)
        return result

    return bounded


def _refuse_large(value: Any) -> None:
    if isinstance(value, str):
        large = len(value) > LETTERS
    elif isinstance(value, list | tuple | range):
        large = len(value) > ITEMS
    else:
        large = isinstance(value, int | float) and abs(value) > NUMBER
    if large:
        raise _too_large()


def _too_large() -> LiquidError:
    return ResourceLimitError("a value in the template grows too large", token=None)


PLAIN: Environment = _Liquid(autoescape=False)
HTML: Environment = _Liquid(autoescape=True)
"""What variables hold is escaped, and no filter lets it through."""
KNOWN_FILTERS = frozenset(PLAIN.filters)
