"""A company as it is sent, as it is answered, and the changes that can be made by hand."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from services.customer_svc.companies.domains import Domain
from services.customer_svc.contacts.leads import Code, OptionalWords
from shared.money import Money
from shared.types import LINE, BlankIsNone, Count, Utc, repaired

Name = Annotated[str, Field(min_length=1), LINE, AfterValidator(repaired)]
OptionalDomain = Annotated[Domain | None, BlankIsNone]

EXAMPLE: dict[str, Any] = {
    "name": "Analytical Engines",
    "industry": "Software & services",
    "country": "Germany",
    "domain": "engines.example",
    "revenue": {"amount": "9010.00", "currency": "USD"},
    "profit": {"amount": "1360.00", "currency": "USD"},
    "assets": None,
    "employees": 120,
    "source": "crm",
    "external_id": "4711",
}
KNOWN: dict[str, Any] = {
    "id": "com_01k9q3v7w8e5rtx2m4n6p8q0sh",
    "version": 1,
    **{name: value for name, value in EXAMPLE.items() if name != "external_id"},
    "country_code": "DE",
    "external_ids": [{"source": "crm", "external_id": "4711"}],
    "created_at": "2026-01-31T09:30:00Z",
    "updated_at": "2026-01-31T09:30:00Z",
}


class CompanyIn(BaseModel):
    """A company as a source knows it. All but `name` is optional; blank, null and absent all mean unknown.

    What is unknown here and was known stays; what differs is replaced. A company is found by the id that `source` gave,
    else by its domain, else by its name in its country; one that was found by its name keeps its name and country.
    """

    model_config = ConfigDict(title="Company", extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    name: Name
    industry: OptionalWords = None
    country: OptionalWords = Field(None, description="As the source writes it: a code, a name, or neither.")
    domain: OptionalDomain = Field(None, description="Also taken from the address of a web page.")
    revenue: Money | None = None
    profit: Money | None = None
    assets: Money | None = None
    employees: Count | None = None
    source: Annotated[Code | None, BlankIsNone] = Field(None, description="The system that it comes from.")
    external_id: Annotated[Annotated[str, Field(max_length=200), LINE] | None, BlankIsNone] = Field(
        None, description="The id of this company in `source`."
    )

    @field_validator("external_id")
    @classmethod
    def of_a_source(cls, external_id: str | None, info: ValidationInfo) -> str | None:
        if external_id and info.data.get("source", "") is None:
            raise PydanticCustomError("source_missing", "must come with the source that gave it")
        return external_id


class CompanyPatch(BaseModel):
    """Absent: keep. Null or blank: clear. A new domain becomes one more by which the company is found."""

    model_config = ConfigDict(
        title="CompanyPatch",
        extra="forbid",
        json_schema_extra={"examples": [{"industry": "Insurance", "profit": None}]},
    )

    name: Name = Field(default_factory=str, description="Cannot be cleared.")
    industry: OptionalWords = None
    country: OptionalWords = None
    domain: OptionalDomain = None
    revenue: Money | None = None
    profit: Money | None = None
    assets: Money | None = None
    employees: Count | None = None


class RecordedOut(BaseModel):
    """Which company it was, and whether that is news."""

    model_config = ConfigDict(title="RecordedCompany", from_attributes=True)

    company_id: str = Field(examples=["com_01k9q3v7w8e5rtx2m4n6p8q0sh"])
    created: bool = Field(description="The company was not known before.")
    changed: bool = Field(description="Something of it is new: also true where it was created.")


class ExternalId(BaseModel):
    """What a source calls it."""

    source: str = Field(examples=["crm"])
    external_id: str = Field(examples=["4711"])


class CompanyOut(BaseModel):
    """A company as far as it is known; null is unknown."""

    model_config = ConfigDict(title="KnownCompany", json_schema_extra={"examples": [KNOWN]})

    id: str
    version: int = Field(description="Also the ETag.")
    name: str
    industry: str | None
    country: str | None = Field(description="As the source wrote it.")
    country_code: str | None = Field(description="ISO 3166-1 alpha-2, where `country` names one country.")
    domain: str | None
    revenue: Money | None
    profit: Money | None
    assets: Money | None
    employees: int | None
    source: str | None = Field(description="Where it was first recorded from.")
    external_ids: list[ExternalId]
    created_at: Utc
    updated_at: Utc
