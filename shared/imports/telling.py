"""An import as a person sees it on a terminal: a bar on standard error, the outcome on standard output."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

SHOWN = 10
COUNTS = ("rows", "created", "changed", "unchanged", "rejected")


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, TextColumn("{task.fields[rows]}"), console=Console(stderr=True))


@contextmanager
def sending(file: Path) -> Iterator[Callable[[int], None]]:
    with _bar() as bar:
        task = bar.add_task("sending", total=max(file.stat().st_size, 1), rows="")
        yield lambda count: bar.advance(task, count)


def followed(jobs: Iterator[Mapping[str, Any]], size: int) -> Mapping[str, Any]:
    """The last of them."""
    last: Mapping[str, Any] = {}
    with _bar() as bar:
        task = bar.add_task("storing", total=max(size, 1), rows="")
        for last in jobs:
            read = size if last["state"] == "done" else last["bytes_read"]
            bar.update(task, completed=read, rows=f"{last['rows']:,} rows")
    return last


def ended(job: Mapping[str, Any], rejects: Path) -> None:
    out = Console(highlight=False)
    out.print(Text(f"{job['id']} {job['state']} {job['detail']}".strip()))
    out.print(_table(COUNTS, [[str(job[name]) for name in COUNTS]]))
    if job["rejected"]:
        out.print(Text(f"rejected rows, with reasons: {rejects}"), soft_wrap=True)


def previewed(seen: Mapping[str, Any]) -> None:
    out = Console(highlight=False)
    out.print(Text(f"{seen['encoding']}, columns parted by {seen['delimiter']!r}"))
    out.print(_table(("field", "column"), [[field, column] for field, column in sorted(seen["columns"].items())]))
    if seen["unknown_columns"]:
        out.print(Text("not taken: " + ", ".join(seen["unknown_columns"])))
    names = ("rows", "would_create", "would_change", "unchanged", "rejected")
    out.print(_table(names, [[str(seen[name]) for name in names]]))
    if not seen["complete"]:
        out.print(Text(f"These are the first {seen['rows']} rows; the file goes on."))
    _some_rows(out, seen)


def _some_rows(out: Console, seen: Mapping[str, Any]) -> None:
    for row in seen["first"]:
        told = {name: value for name, value in row["stored"].items() if value not in (None, {}, [])}
        out.print(Text(f"line {row['line']} {row['outcome']}: {told}"), soft_wrap=True)
    for row in seen["rejects"][:SHOWN]:
        why = " ".join(f"{error['pointer'].strip('/')}: {error['detail']}".strip(": ") for error in row["errors"])
        out.print(Text(f"line {row['line']} rejected: {why}"), soft_wrap=True)


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(*(name.replace("_", " ") for name in names))
    for row in rows:
        table.add_row(*map(Text, row))
    return table
