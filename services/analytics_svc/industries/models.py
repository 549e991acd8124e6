"""What each company adds to the figures, those of each industry, and the shapes in which the API shows them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Described
from pydantic.config import JsonDict
from sqlalchemy import BigInteger, Column
from sqlmodel import Field

from services.analytics_svc.tables import Table
from shared.database.sql import table_of
from shared.database.tables import Bytewise
from shared.types import Utc

Dropna = Literal["any", "used"]


class CompanyFigures(Table, table=True):
    """What a company adds now, by the newest fact about it. Amounts are in parts, see `amounts`.

    `missing` are the columns for which it may be dropped, in order, with commas; `currency` among them: revenue and
    profit are in different ones. Where there is no industry or no one currency, the text is empty.
    """

    __tablename__ = "company_figures"

    company_id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    sequence: int = Field(sa_type=BigInteger)
    industry: str = Field(sa_type=Bytewise)
    currency: str = Field(sa_type=Bytewise)
    missing: str = Field(sa_type=Bytewise)
    revenue_billions: int = Field(sa_type=BigInteger)
    revenue_units: int = Field(sa_type=BigInteger)
    revenue_nanos: int = Field(sa_type=BigInteger)
    profit_billions: int = Field(sa_type=BigInteger)
    profit_units: int = Field(sa_type=BigInteger)
    profit_nanos: int = Field(sa_type=BigInteger)
    as_of: datetime


class IndustryFigures(Table, table=True):
    """Sums over the companies of an industry and currency that lack the same columns: so that any choice of columns
    for which companies are dropped is answered from here, without looking at one company.
    """

    __tablename__ = "industry_figures"

    industry: str = Field(sa_column=Column(Bytewise, primary_key=True))
    currency: str = Field(sa_column=Column(Bytewise, primary_key=True))
    missing: str = Field(sa_column=Column(Bytewise, primary_key=True))
    n: int = Field(sa_type=BigInteger)
    revenue_billions: int = Field(sa_type=BigInteger)
    revenue_units: int = Field(sa_type=BigInteger)
    revenue_nanos: int = Field(sa_type=BigInteger)
    profit_billions: int = Field(sa_type=BigInteger)
    profit_units: int = Field(sa_type=BigInteger)
    profit_nanos: int = Field(sa_type=BigInteger)
    as_of: datetime


company_figures, industry_figures = table_of(CompanyFigures), table_of(IndustryFigures)

KEY = ("industry", "currency", "missing")
PARTS = tuple(f"{what}_{part}" for what in ("revenue", "profit") for part in ("billions", "units", "nanos"))

EXAMPLE: JsonDict = {
    "items": [
        {
            "industry": "Software & services",
            "currency": "USD",
            "n": 31,
            "revenue": "166750.00",
            "profit": "17600.00",
            "profit_mean": "567.741935484",
            "as_of": "2026-01-31T09:30:01Z",
        }
    ],
    "next_cursor": None,
    "dropna": "any",
    "columns": ["name", "country", "industry", "revenue", "profit", "assets", "currency"],
    "companies": 2000,
    "dropped": 5,
    "dropped_by_column": {
        "name": 0,
        "country": 0,
        "industry": 0,
        "revenue": 0,
        "profit": 5,
        "assets": 0,
        "currency": 0,
    },
    "as_of": "2026-01-31T09:30:01Z",
}


class IndustryOut(BaseModel):
    """The companies of one industry whose figures are in one currency, without those that were dropped."""

    industry: str
    currency: str
    n: int = Described(description="Companies.")
    revenue: str = Described(description="Sum, exact.")
    profit: str = Described(description="Sum, exact.")
    profit_mean: str = Described(description="Of the exact sum, rounded half to even at the ninth decimal.")
    as_of: Utc = Described(description="When its figures last moved.")


class IndustriesOut(BaseModel):
    """Counts of companies are of all of them, whatever `min_revenue` and `currency` leave out of the items."""

    model_config = ConfigDict(title="Industries", json_schema_extra={"examples": [EXAMPLE]})

    items: list[IndustryOut]
    next_cursor: str | None = Described(description="Send it as `cursor`, with everything else unchanged.")
    dropna: Dropna
    columns: list[str] = Described(description="A company that lacks one of these was dropped.")
    companies: int = Described(description="All that were recorded.")
    dropped: int = Described(description="How many of them were dropped.")
    dropped_by_column: dict[str, int] = Described(
        description="How many lack each of the columns; who lacks two is counted at both. `currency`: revenue and "
        "profit are in different ones."
    )
    as_of: Utc | None = Described(description="The figures hold what was stated up to then; null: nothing was yet.")
