"""Imports over HTTP: send a file, see what it would do, follow it, fetch what was rejected."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import select

from shared.database import Database, Once
from shared.imports import jobs
from shared.imports.asking import AskedFor
from shared.imports.deciding import decide
from shared.imports.files import MOST_BYTES, FileSeal, forget_file
from shared.imports.kinds import Kind, by_name
from shared.imports.previewing import Beginning, Looked, preview
from shared.imports.progress import events
from shared.imports.rejects import rejects_file
from shared.imports.tables import imports
from shared.imports.upload import (
    MEDIA,
    Upload,
    in_pieces,
    kept_unless_refused,
    refuse_other_files,
    take_in,
)
from shared.imports.views import EXAMPLE, ImportOut, KindOut, KindsOut, PreviewOut, State
from shared.principal import Principal
from shared.problems import Problem, forbidden, invalid_field
from shared.runtime import Running
from shared.types import Text
from shared.web import Db, Order, Page, Paging, Router, allowed, errors
from shared.web.idempotency import SentKey, once_of

MayRead = Annotated[Principal, allowed("imports:read")]
MayWrite = Annotated[Principal, allowed("imports:write")]
KindName = Annotated[Text, Query(description="One of /v1/import-kinds.", examples=["companies"])]
FileName = Annotated[Text | None, Query(description="What people call the file.", examples=["customers.csv"])]
Shown = Annotated[int, Query(ge=0, le=100, description="How many rows are shown.")]

ORDER = Order({"created_at": imports.c.created_at}, default="-created_at", tie=imports.c.id)


EVENTS: dict[int | str, Any] = {
    200: {"content": {"text/event-stream": {"example": f"event: progress\nid: 23\ndata: {EXAMPLE}\n\n"}}}
}
REJECTS: dict[int | str, Any] = {
    200: {"content": {"text/csv": {"example": "name;revenue;import_row;import_line;import_reason\n"}}}
}


def _file(example: str) -> dict[str, Any]:
    content = {"schema": {"type": "string", "format": "binary"}, "example": example}
    about = f"The file itself, at most {MOST_BYTES} bytes, with a header row."
    return {"requestBody": {"required": True, "description": about, "content": dict.fromkeys(MEDIA[:3], content)}}


def imports_router(kinds: Sequence[Kind[Any]]) -> Router:
    """The operations of a service's room `imports`."""
    api = _Api(kinds)
    router = Router(tags=["imports"])
    body = _file(kinds[0].example)
    large: dict[str, Any] = {"openapi_extra": body, "max_body_size": MOST_BYTES}
    router.get("/v1/import-kinds")(api.list_import_kinds)
    router.get("/v1/imports")(list_imports)
    router.post("/v1/imports", status_code=201, **large)(api.start_import)
    router.post("/v1/imports:preview", **large)(api.preview_import)
    router.get("/v1/imports/{import_id}")(read_import)
    router.post("/v1/imports/{import_id}/cancel", responses=errors(409))(cancel_import)
    stream: dict[str, Any] = {"response_class": StreamingResponse}
    router.get("/v1/imports/{import_id}/events", responses=EVENTS, **stream)(follow_import)
    router.get("/v1/imports/{import_id}/rejects.csv", responses=REJECTS, **stream)(api.read_rejects)
    return router


class _Api:
    """What depends on the kinds that a service offers."""

    def __init__(self, kinds: Sequence[Kind[Any]]) -> None:
        self._kinds = by_name(kinds)

    async def list_import_kinds(self, _: MayRead) -> KindsOut:
        """What can be imported here: the fields, and the names of columns that are found by themselves."""
        return KindsOut(items=[KindOut.of(self._kinds[name]) for name in sorted(self._kinds)])

    async def start_import(
        self,
        request: Request,
        response: Response,
        kind: KindName,
        asked: AskedFor,
        db: Db,
        by: MayWrite,
        key: SentKey,
        name: FileName = None,
    ) -> ImportOut:
        """Take in a file and store its rows as a job. What does not fit as a whole is refused and changes nothing."""
        offered = self._offered(kind, by)
        async with kept_unless_refused(db, upload := Upload()):
            await take_in(upload, request, db, _seal(request), by)
            decided = await asyncio.to_thread(decide, offered.shape, upload.sample, asked)
            form = decided.form.model_dump(mode="json")
            sent = f"{request.url.query}\n{upload.digest}".encode()  # the hash stands for the file
            once = None if key is None else once_of(request, key, sent)
            job_id = await _begun(db, upload, (offered.name, name, form, upload.size), by, once)
        response.headers["Location"] = f"/v1/imports/{job_id}"
        return ImportOut.of(await db.read(jobs.find, job_id))

    async def preview_import(
        self, request: Request, kind: KindName, asked: AskedFor, runtime: Running, by: MayWrite, rows: Shown = 10
    ) -> PreviewOut:
        """What an import of this file would do, by its first 2,000 rows. Changes nothing."""
        offered = self._offered(kind, by)
        refuse_other_files(request)
        beginning = await Beginning().take(in_pieces(request))
        looked = await asyncio.to_thread(Looked, offered, beginning, asked)
        return await preview(runtime, offered, looked, rows)

    async def read_rejects(self, import_id: Text, request: Request, db: Db, by: MayRead) -> StreamingResponse:
        """The rejected rows as they were sent, with the reason behind them; as long as the file is kept."""
        job = await db.read(jobs.find, import_id)
        self._offered(job.kind, by)
        if job.ended_at and not job.file_until:
            raise Problem(404, "not-found", "Not found", "The file was deleted, and its rejected rows with it.")
        rejected = await db.read(jobs.rejected, import_id)
        return StreamingResponse(
            rejects_file(db, _seal(request), job, rejected),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{job.id}-rejects.csv"'},
        )

    def _offered(self, name: str, by: Principal) -> Kind[Any]:
        """Raises Problem 422 where there is no such kind, 403 where the caller may not write what it stores."""
        if (kind := self._kinds.get(name)) is None:
            raise invalid_field("/query/kind", "unknown_kind", f"Expected one of: {', '.join(sorted(self._kinds))}.")
        if not by.may(kind.scope):
            raise forbidden(kind.scope)
        return kind


async def list_imports(
    db: Db, _: MayRead, asked: Annotated[Paging, ORDER.asked()], state: State | None = None
) -> Page[ImportOut]:
    """Newest first."""
    query = select(*jobs.columns())
    if state:
        query = query.where(imports.c.state == state)
    return await db.read(asked.page, query, lambda *row: ImportOut.of(jobs.job_of(*row)))


async def read_import(import_id: Text, db: Db, _: MayRead) -> ImportOut:
    """How far it is, what was stored and what was rejected."""
    return ImportOut.of(await db.read(jobs.find, import_id))


async def cancel_import(import_id: Text, db: Db, by: MayWrite) -> ImportOut:
    """Store nothing more of it. Rows that are stored stay. 409 where it has ended."""
    return ImportOut.of(await db.write(jobs.cancel, import_id, by=by, lane=import_id))


async def follow_import(import_id: Text, request: Request, db: Db, _: MayRead) -> StreamingResponse:
    """Progress as server-sent events, until it has ended."""
    job = await db.read(jobs.find, import_id)
    told: AsyncIterator[bytes] = events(request.app, db, job)
    return StreamingResponse(told, media_type="text/event-stream")


async def _begun(db: Database, upload: Upload, job: tuple[Any, ...], by: Principal, once: Once | None) -> str:
    """The id of the job; that of the first request where the same file came again under the same key."""
    job_id = await db.write(jobs.begin, upload.import_id, *job, by=by, lane=upload.import_id, once=once)
    if job_id != upload.import_id:
        await forget_file(db, upload.import_id)
    return job_id


def _seal(request: Request) -> FileSeal:
    return FileSeal(request.app.state.runtime.settings.master)
