"""The tables of the room: a company as it is known now, and what identifies one."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from services.customer_svc.tables import Table
from shared.database.sql import table_of
from shared.database.tables import Bytewise


class Company(Table, table=True):
    """One company, one id for life. `version` counts its changes: it is the `sequence` of the facts about it.

    `country` is what a source wrote, `country_code` what it means, if anything: "Hong Kong/China" is kept and has none.
    """

    __tablename__ = "companies"
    __table_args__ = (
        Index("ix_companies_updated_at", "updated_at", "id"),
        Index("ix_companies_created_at", "created_at", "id"),
        Index("ix_companies_industry", "industry", "updated_at", "id"),
    )

    id: str = Field(primary_key=True, sa_type=Bytewise)
    version: int = Field(sa_type=BigInteger)
    name: str
    industry: str | None = None
    country: str | None = None
    country_code: str | None = None
    domain: str | None = None
    employees: int | None = Field(None, sa_type=BigInteger)
    source: str | None = None
    revenue_units: int | None = Field(None, sa_type=BigInteger)
    revenue_nanos: int | None = Field(None, sa_type=BigInteger)
    revenue_currency: str | None = None
    profit_units: int | None = Field(None, sa_type=BigInteger)
    profit_nanos: int | None = Field(None, sa_type=BigInteger)
    profit_currency: str | None = None
    assets_units: int | None = Field(None, sa_type=BigInteger)
    assets_nanos: int | None = Field(None, sa_type=BigInteger)
    assets_currency: str | None = None
    created_at: datetime
    updated_at: datetime


class CompanyIdentifier(Table, table=True):
    """What finds a company: the id that a source gave, a domain, a name in a country. It is one company's for ever, and
    the unique rule on it decides between two processes that meet a new company at once.

    `lookup` is a hash, so that it is short whatever it was made of. Ids of sources are kept as they were given too.
    """

    __tablename__ = "company_identifiers"

    lookup: str = Field(primary_key=True, sa_type=Bytewise)
    company_id: str = Field(sa_type=Bytewise, index=True)
    kind: str
    source: str | None = None
    external_id: str | None = None


companies = table_of(Company)
company_identifiers = table_of(CompanyIdentifier)
