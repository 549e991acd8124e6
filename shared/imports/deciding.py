"""From the beginning of a file and what was said about it to a form: encoding, delimiter, header, mapping.

What does not fit is refused here, before anything is stored: an encoding that the file is not in, a column that it has
not, a field that the rows have not.
"""

import io
from dataclasses import dataclass
from typing import Any

from shared.imports.encodings import Sample, found_encoding, known_encoding
from shared.imports.mapping import Asked, Form, matched, unknown, wrong_constants
from shared.imports.reading import Rows, decoded, find_delimiter, lines_with_foreign_bytes
from shared.imports.shapes import Shape
from shared.problems import invalid_field, invalid_fields

FOREIGN_SHARE = 0.1
"""Of the first lines: beyond it the encoding is wrong; below it single rows are broken, and only those are rejected."""


@dataclass(frozen=True, slots=True)
class Decided:
    form: Form
    unknown: list[str]


def decide(shape: Shape[Any], sample: Sample, asked: Asked) -> Decided:
    """Raises Problem 422 that names what does not fit. It may take a while: keep it off the event loop."""
    if not sample.head.strip():
        raise invalid_field("", "empty", "The file is empty: expected a header row and rows.")
    encoding = _encoding(sample, asked)
    head = _head(sample, encoding)
    delimiter = asked.delimiter or find_delimiter(head)
    header = _header(head, delimiter)
    rest = asked.model_dump(exclude={"encoding", "delimiter", "columns"})
    form = Form(encoding=encoding, delimiter=delimiter, columns=matched(shape, header, asked), **rest)
    if errors := wrong_constants(shape, form):
        raise invalid_fields(errors)
    return Decided(form, unknown(header, form.columns))


def _encoding(sample: Sample, asked: Asked) -> str:
    if asked.encoding is None:
        if found := found_encoding(sample):
            return found
        raise invalid_field("/query/encoding", "unknown", "The encoding could not be found: say which it is.")
    if (known := known_encoding(asked.encoding)) is None:
        raise invalid_field("/query/encoding", "unknown", "Expected the name of an encoding, such as windows-1252.")
    return "utf-8-sig" if known == "utf-8" else known


def _head(sample: Sample, encoding: str) -> str:
    head = decoded(bytes(sample.head), encoding)
    foreign, lines = lines_with_foreign_bytes(head)
    if foreign > max(1, lines * FOREIGN_SHARE) or lines_with_foreign_bytes(head[: head.find("\n")])[0]:
        raise invalid_field(
            "/query/encoding",
            "wrong_encoding",
            f"The file is not in this encoding: {foreign} of its first {lines} lines hold bytes that are not of it. "
            "Leave it out to have it found.",
        )
    return head


def _header(head: str, delimiter: str) -> list[str]:
    rows = Rows(io.StringIO(head, newline=""), delimiter)
    if rows.fault:
        raise invalid_field("", "header", f"The header row cannot be read. {rows.fault}")
    return rows.header
