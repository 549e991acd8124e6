"""Figures of industries over HTTP."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import AfterValidator, PlainValidator, WithJsonSchema

from services.analytics_svc.industries import reading
from services.analytics_svc.industries.models import Dropna, IndustriesOut
from shared.money import Money, currency_code
from shared.principal import Principal
from shared.web import Db, Paging, Router, allowed

router = Router(prefix="/v1/industries", tags=["industries"])

MayRead = Annotated[Principal, allowed("industries:read")]


def _nanos(text: Any) -> int:
    """Of an amount in any currency: which one does not matter to how it is written."""
    return Money.of(str(text), "USD").in_nanos


Amount = Annotated[int, PlainValidator(_nanos), WithJsonSchema({"type": "string", "examples": ["1000000"]})]
Currency = Annotated[str, AfterValidator(currency_code), WithJsonSchema({"type": "string", "examples": ["USD"]})]


@router.get("")
async def list_industries(
    db: Db,
    by: MayRead,
    asked: Annotated[Paging, reading.ORDER.asked()],
    min_revenue: Annotated[
        Amount | None, Query(description="Only industries of which the sum of revenue is more than this.")
    ] = None,
    dropna: Annotated[
        Dropna, Query(description="`any`: drop companies that lack anything; `used`: that lack what is used here.")
    ] = "any",
    currency: Annotated[Currency | None, Query(description="Only figures in this currency.")] = None,
) -> IndustriesOut:
    """Sum of revenue and mean of profit, by industry and currency: two currencies are never added.

    A company is dropped if it lacks its industry, revenue or profit, or has these two in different currencies; with
    `any` also if it lacks its country or assets, as far as anybody has these.
    """
    return await db.read(reading.industries, asked, dropna, min_revenue, currency)
