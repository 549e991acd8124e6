"""The units of work of an import. Its cursor moves in the transaction that stores the rows: a crash at any moment
neither loses nor doubles one, and of two workers that hold the same rows only one can move it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select, update
from sqlmodel import Session

from shared.database.sql import changed, insert_all
from shared.database.tx import Tx
from shared.imports.checking import Checked
from shared.imports.files import KEPT
from shared.imports.kinds import Outcome, Rejected
from shared.imports.mapping import Form
from shared.imports.tables import imports, rejects
from shared.problems import FieldError, conflict, not_found

RUN, FORGET = "import.run", "import.forget"
OPEN = ("waiting", "running")


class Moved(Exception):
    """Somebody else moved the cursor, or the import was cancelled: what was about to be stored is not."""


class Job(BaseModel):
    """An import, as it stands in its table."""

    id: str
    kind: str
    state: str
    name: str | None
    form: Form
    bytes: int
    bytes_read: int
    rows: int
    created: int
    changed: int
    unchanged: int
    rejected: int
    detail: str
    created_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    file_until: datetime | None
    version: int


_COLUMNS = [imports.c[name] for name in Job.model_fields]


def columns() -> list[Any]:
    return _COLUMNS


def job_of(*values: Any) -> Job:
    return Job.model_validate(dict(zip(Job.model_fields, values, strict=True)))


def find(session: Session, import_id: str) -> Job:
    """Raises Problem 404."""
    row = session.execute(select(*_COLUMNS).where(imports.c.id == import_id)).one_or_none()
    if row is None:
        raise not_found("import")
    return job_of(*row)


def exists(session: Session, import_id: str) -> bool:
    return session.execute(select(imports.c.id).where(imports.c.id == import_id)).first() is not None


def begin(tx: Tx, import_id: str, kind: str, name: str | None, form: dict[str, Any], size: int) -> str:
    """The job is there, and due. Its file was kept before."""
    whose = {"created_by": tx.by.subject, "created_at": tx.now}
    row = {"id": import_id, "kind": kind, "state": "waiting", "name": name, "form": form, "bytes": size}
    tx.session.execute(imports.insert().values(**row, **whose))
    tx.later(RUN, key=import_id, payload={"import_id": import_id})
    return import_id


def start(tx: Tx, import_id: str) -> None:
    """It runs from now on, if it waited."""
    _move(tx, import_id, "waiting", state="running", started_at=tx.now)


def store(
    tx: Tx,
    import_id: str,
    after: int,
    rows: Sequence[Checked],
    bytes_read: int,
    keep: Callable[[Tx], Sequence[Outcome]],
) -> None:
    """Have `keep` store those behind the first `after` that are good. Raises `Moved`, and then none of them."""
    here = (imports.c.id == import_id, imports.c.state == "running", imports.c.rows == after)
    moved = update(imports).where(*here).values(rows=after + len(rows), version=imports.c.version + 1)
    if not changed(tx.session.execute(moved)):
        raise Moved(import_id)
    good = [row for row in rows if not row.errors]
    fates = keep(tx) if good else []
    refused = [row for row in rows if row.errors]
    counts: Counter[str] = Counter()
    for row, fate in zip(good, fates, strict=True):
        if isinstance(fate, Rejected):
            refused.append(row._replace(errors=fate.errors))
        else:
            counts[fate.value] += 1
    _count(tx, import_id, counts, len(refused), bytes_read)
    insert_all(tx.session, rejects, [_reject(import_id, row) for row in refused])


def finish(tx: Tx, import_id: str) -> None:
    _move(tx, import_id, "running", state="done", **_ended(tx, import_id))


def fail(tx: Tx, import_id: str, detail: str) -> None:
    for state in OPEN:
        _move(tx, import_id, state, state="failed", detail=detail, **_ended(tx, import_id))


def cancel(tx: Tx, import_id: str) -> Job:
    """Rows that are stored stay. Raises Problem 404, and 409 where it has ended otherwise."""
    for state in OPEN:
        _move(tx, import_id, state, state="cancelled", **_ended(tx, import_id))
    job = find(tx.session, import_id)
    if job.state != "cancelled":
        raise conflict(f"This import is {job.state}: there is nothing left to cancel.")
    return job


def forgotten(tx: Tx, import_id: str) -> None:
    """Its file is gone, and with it the text of what was rejected."""
    tx.session.execute(update(imports).where(imports.c.id == import_id).values(file_until=None))


def rejected(session: Session, import_id: str) -> dict[int, tuple[FieldError, ...]]:
    """By row, why it was not stored."""
    query = select(rejects.c.row, rejects.c.errors).where(rejects.c.import_id == import_id).order_by(rejects.c.row)
    return {row: tuple(FieldError(**error) for error in errors) for row, errors in session.execute(query)}


def _count(tx: Tx, import_id: str, counts: Counter[str], refused: int, bytes_read: int) -> None:
    values = {name: imports.c[name] + count for name, count in counts.items()}
    values["rejected"] = imports.c.rejected + refused
    tx.session.execute(update(imports).where(imports.c.id == import_id).values(bytes_read=bytes_read, **values))


def _reject(import_id: str, row: Checked) -> dict[str, Any]:
    errors = [error.as_json() for error in row.errors]
    return {"import_id": import_id, "row": row.number, "line": row.line, "errors": errors}


def _ended(tx: Tx, import_id: str) -> dict[str, Any]:
    """What every end has: its time, and a day on which the file goes."""
    tx.later(FORGET, key=import_id, payload={"import_id": import_id}, at=tx.now + KEPT)
    return {"ended_at": tx.now, "file_until": tx.now + KEPT}


def _move(tx: Tx, import_id: str, out_of: str, **values: Any) -> None:
    here = (imports.c.id == import_id, imports.c.state == out_of)
    tx.session.execute(update(imports).where(*here).values(version=imports.c.version + 1, **values))
