"""Companies over HTTP: recorded by a source, found, read and edited."""

from typing import Annotated, Any

from fastapi import Query, Response

from services.customer_svc.companies import editing, reading
from services.customer_svc.companies.arriving import arriving
from services.customer_svc.companies.finding import CompanyId
from services.customer_svc.companies.recording import record_one
from services.customer_svc.companies.shapes import CompanyIn, CompanyOut, CompanyPatch, RecordedOut
from shared.principal import Principal
from shared.types import Text, Utc
from shared.web import Db, IdempotencyKey, IfMatch, Page, Paging, Router, allowed, errors, etag, tagged

router = Router(prefix="/v1/companies", tags=["companies"])

MayRead = Annotated[Principal, allowed("companies:read")]
MayWrite = Annotated[Principal, allowed("companies:write")]

KNOWN: dict[int | str, dict[str, Any]] = {
    200: {"model": RecordedOut, "description": "A company that was known, with news of it or without."}
}


@router.post("", status_code=201, responses=KNOWN | errors(409))
async def record_company(
    company: CompanyIn, db: Db, by: MayWrite, once: IdempotencyKey, response: Response
) -> RecordedOut:
    """Record what a source knows of a company. 201: a new one; 200: one that was known."""
    row = arriving(company)
    lane = next(iter(row.named.values()))  # those about one company queue up, instead of waiting for its locks
    recorded = await db.write(record_one, row, by=by, lane=lane, once=once)
    response.status_code = 201 if recorded.created else 200
    response.headers["Location"] = f"/v1/companies/{recorded.company_id}"
    etag(response, recorded.version)
    return RecordedOut.model_validate(recorded)


@router.get("")
async def list_companies(
    asked: Annotated[Paging, reading.ORDER.asked()],
    db: Db,
    by: MayRead,
    industry: Text | None = None,
    country: Annotated[Text | None, Query(description="A code, a name, or what a source wrote instead.")] = None,
    updated_after: Utc | None = None,
) -> Page[CompanyOut]:
    """Companies, with the figures that they were told last."""
    return await db.read(reading.listed, asked, industry, country, updated_after)


@router.get("/{company_id}")
async def read_company(company_id: CompanyId, db: Db, by: MayRead, response: Response) -> CompanyOut:
    """A company as it was told last."""
    return tagged(response, await db.read(reading.one, company_id))


@router.patch("/{company_id}", responses=errors(409))
async def change_company(
    company_id: CompanyId, patch: CompanyPatch, db: Db, by: MayWrite, expected: IfMatch, response: Response
) -> CompanyOut:
    """Edit what is known of a company. Absent: keep; null: clear."""
    return tagged(response, await db.write(editing.change, company_id, patch, expected, by=by, lane=company_id))
