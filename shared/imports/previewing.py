"""What an import would do, found out on the first rows of a file, without changing anything."""

import io
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from itertools import islice
from typing import Any

from pydantic import BaseModel

from shared.imports.checking import Checked, checked
from shared.imports.deciding import Decided, decide
from shared.imports.encodings import Sample
from shared.imports.kinds import Fate, Kind, Outcome, Rejected
from shared.imports.mapping import Asked, laid
from shared.imports.reading import Rows, open_text
from shared.imports.views import PreviewOut, PreviewRow, RejectedRow
from shared.problems import FieldError
from shared.runtime import Runtime
from shared.web.errors import FieldErrorOut

MOST_ROWS = 2_000
MOST_BYTES = 4 * 1024 * 1024
MOST_REJECTS = 100


class Beginning:
    """The beginning of a file, and a sample of all of it."""

    def __init__(self) -> None:
        self.head, self.sample, self.size = bytearray(), Sample(), 0

    async def take(self, pieces: AsyncIterator[bytes]) -> "Beginning":
        async for piece in pieces:
            self.head += piece[: MOST_BYTES - len(self.head)]
            self.sample.take(piece)
            self.size += len(piece)
        self.sample.take(b"", last=True)
        return self


class Looked:
    """Rows that were read and checked. It takes a while: keep it off the event loop."""

    def __init__(self, kind: Kind[Any], beginning: Beginning, asked: Asked) -> None:
        self.decided: Decided = decide(kind.shape, beginning.sample, asked)
        form = self.decided.form
        rows = Rows(open_text(io.BytesIO(bytes(beginning.head)), form.encoding), form.delimiter)
        plan = laid(kind.shape, rows.header, form)
        self.rows: list[Checked] = [checked(kind.shape, plan, row) for row in islice(rows, MOST_ROWS)]
        cut = beginning.size > len(beginning.head)
        if cut and 0 < len(self.rows) < MOST_ROWS:
            self.rows.pop()  # where the beginning ends, a row is cut
        self.complete = not cut and next(iter(rows), None) is None


async def preview(runtime: Runtime, kind: Kind[Any], looked: Looked, shown: int) -> PreviewOut:
    good = [row for row in looked.rows if not row.errors]
    fates = await _fates(runtime, kind, [row.model for row in good]) if good else []
    rejected = [_rejected(row, row.errors) for row in looked.rows if row.errors]
    pairs = list(zip(good, fates, strict=True))
    rejected += [_rejected(row, fate.errors) for row, fate in pairs if isinstance(fate, Rejected)]
    counts = Counter(fates)
    form = looked.decided.form
    return PreviewOut(
        encoding=form.encoding,
        delimiter=form.delimiter,
        columns=form.columns,
        unknown_columns=looked.decided.unknown,
        complete=looked.complete,
        rows=len(looked.rows),
        would_create=counts[Fate.CREATED],
        would_change=counts[Fate.CHANGED],
        unchanged=counts[Fate.UNCHANGED],
        rejected=len(rejected),
        first=[_shown(row, fate) for row, fate in pairs if isinstance(fate, Fate)][:shown],
        rejects=sorted(rejected, key=lambda one: one.row)[:MOST_REJECTS],
    )


async def _fates(runtime: Runtime, kind: Kind[Any], models: Sequence[Any]) -> Sequence[Outcome]:
    if kind.outside:
        return await kind.outside.preview(runtime, models)
    return await runtime.db.read(kind.preview, models)


def _shown(row: Checked, fate: Fate) -> PreviewRow:
    return PreviewRow(row=row.number, line=row.line, outcome=fate.value, stored=_stored(row.model))


def _stored(model: Any) -> dict[str, Any]:
    return model.model_dump(mode="json") if isinstance(model, BaseModel) else dict(vars(model))


def _rejected(row: Checked, errors: Sequence[FieldError]) -> RejectedRow:
    told = [FieldErrorOut(**error.as_json()) for error in errors]
    return RejectedRow(row=row.number, line=row.line, errors=told)
