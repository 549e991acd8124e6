"""The body of an answer as rows: JSON with a list in it, or CSV with a header. All of it, or none of it."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NoReturn

from services.campaign_svc.connectors.shapes import Settings

MOST_ROWS = 20_000

_STEP = re.compile(r"([^.\[\]]+)(?:\[([^=\[\]]+)=([^\[\]]*)\])?")


class Unreadable(Exception):
    """What was expected of the body, what came, what to do. It repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Read:
    """`rows` are what `look` looks into, None where a row is no row; `follows` is what paging found, if anything."""

    rows: list[Any]
    look: Callable[[Any, str], Any]
    follows: str | None = None


def read(body: bytes, settings: Settings) -> Read:
    """Raises `Unreadable`."""
    found = _json(body, settings) if settings.format == "json" else _csv(body, settings)
    if len(found.rows) > MOST_ROWS:
        raise Unreadable(f"One page has more than {MOST_ROWS} rows; ask for smaller pages.")
    return found


def at(value: Any, path: str) -> Any:
    """What stands at a path such as `rows.0.actions[type=lead].value`: names of objects, places in lists, and the one
    object of a list that has such a field. None where the path leads nowhere.
    """
    for name, key, wanted in _steps(path):
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and name.isascii() and len(name) < 6:
            value = value[int(name)] if int(name) < len(value) else None
        else:
            return None
        if key:
            value = _chosen(value, key, wanted)
    return value


def _chosen(items: Any, key: str, wanted: str) -> Any:
    listed = items if isinstance(items, list) else ()
    return next((one for one in listed if isinstance(one, dict) and str(one.get(key)) == wanted), None)


@lru_cache(maxsize=1_024)
def _steps(path: str) -> list[tuple[str, ...]]:
    return [step.groups("") for step in _STEP.finditer(path)]


def _json(body: bytes, settings: Settings) -> Read:
    value = _parsed(body)
    items = at(value, settings.items)
    if not isinstance(items, list):
        where = f"at {settings.items!r}" if settings.items else "as the whole answer"
        raise Unreadable(f"Expected a list of rows {where}, and there is none; look at `items`.")
    return Read([item if isinstance(item, dict) else None for item in items], at, _follows(value, settings))


def _parsed(body: bytes) -> Any:
    """Fractions are read as decimals: as floats they would not be what the network wrote."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError):
        raise Unreadable("The answer is not JSON, or not all of it is there.") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _follows(value: Any, settings: Settings) -> str | None:
    paging = settings.paging
    if paging.kind not in ("cursor", "link"):
        return None
    found = at(value, paging.path)
    if found is None or found == "" or found is False:
        return None
    if isinstance(found, bool) or not isinstance(found, str | int) or not _addressable(text := str(found)):
        raise Unreadable(f"Expected the next page at {paging.path!r}, as text of at most 4000 characters.")
    return text


def _addressable(text: str) -> bool:
    """JSON may hold half of a surrogate pair, which can be neither asked for nor stored."""
    return len(text) <= 4_000 and not any("\ud800" <= character <= "\udfff" for character in text)


def _csv(body: bytes, settings: Settings) -> Read:
    try:
        text = body.decode("utf-8-sig" if settings.encoding == "utf-8" else settings.encoding)
    except UnicodeError:
        raise Unreadable(f"The answer is not {settings.encoding}; look at `encoding`.") from None
    try:
        lines = [line for line in csv.reader(_file(text), delimiter=settings.delimiter, strict=True) if line]
    except csv.Error:
        raise Unreadable("The answer is not CSV, or ends in the middle of a cell; look at `delimiter`.") from None
    if not lines:
        return Read([], at)
    places, width = _places(lines[0], settings), len(lines[0])
    rows = [line if len(line) == width else None for line in lines[1:]]
    return Read(rows, lambda line, column: line[places[column]])


def _file(text: str) -> io.StringIO:
    return io.StringIO(text, newline="")  # line ends inside of cells stay as they are


def _places(header: list[str], settings: Settings) -> dict[str, int]:
    names = [name.strip() for name in header]
    wanted = sorted(settings.mapping.paths)
    if missing := [name for name in wanted if name not in names]:
        raise Unreadable(f"The header has no column {missing[0]!r}; look at `mapping` and `delimiter`.")
    if doubled := [name for name in wanted if names.count(name) > 1]:
        raise Unreadable(f"The header has the column {doubled[0]!r} more than once.")
    return {name: names.index(name) for name in wanted}
