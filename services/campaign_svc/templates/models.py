"""Templates: what is stored, and what the API takes and gives. A version never changes once it is stored."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Described
from pydantic.config import JsonDict
from sqlalchemy import Column
from sqlmodel import Field

from services.campaign_svc.tables import Table
from services.campaign_svc.templates.variables import NAMED
from shared.database.tables import Bytewise
from shared.types import LINE, LINES, Utc
from shared.web import PutBack

TemplateName = Annotated[str, Described(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60, examples=["welcome"])]
OVER = f"Liquid over {NAMED}"
Liquid = Annotated[str, Described(min_length=1, description=f"{OVER}; without `include` and `render`."), LINES]
SubjectLiquid = Annotated[str, Described(min_length=1, description=f"{OVER}; it renders to one line."), LINE]

SUBJECT = "Welcome{% if contact.first_name %}, {{ contact.first_name }}{% endif %}"
TEXT = "Hello {{ contact.first_name | default: 'there' }},\n\nthank you for your interest. We will be in touch soon."
CONTENT: JsonDict = {
    "subject": SUBJECT,
    "text": TEXT,
    "html": "<p>Hello {{ contact.first_name | default: 'there' }}</p>",
}
TEMPLATE: JsonDict = {
    "id": "tpl_01k9q3v7w8e5rtx2m4n6p8q0sg",
    "name": "welcome",
    "version": 1,
    **CONTENT,
    "variables": ["contact.first_name"],
    "created_at": "2026-01-31T09:30:00Z",
    "updated_at": "2026-01-31T09:30:00Z",
}
SAMPLE: JsonDict = {
    "contact": {"name": "Ada Lovelace", "first_name": "Ada", "language": "en", "time_zone": "Europe/London"},
    "lead": {"source": "website", "grade": "A"},
}


class Template(Table, table=True):
    """The name is what journeys refer to, so it is given once; `version` is the newest one."""

    __tablename__ = "templates"

    id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    name: str = Field(unique=True)
    version: int
    created_at: datetime
    updated_at: datetime


class TemplateVersion(Table, table=True):
    __tablename__ = "template_versions"

    template_id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    version: int = Field(primary_key=True)
    subject: str
    text: str
    html: str | None
    created_at: datetime
    created_by: str


class TemplateContent(BaseModel):
    """The three parts of a message. Variables are `contact.*`, who it goes to as known when it is sent, and `lead.*`,
    what was decided on; any other is refused.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [CONTENT]})

    subject: SubjectLiquid
    text: Liquid
    html: Liquid | None = None


class TemplateIn(TemplateContent):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "welcome", **CONTENT}]})

    name: TemplateName


class TemplateOut(BaseModel):
    """`variables` are all that the message asks of the facts."""

    model_config = ConfigDict(json_schema_extra={"examples": [TEMPLATE]})

    id: str
    name: str
    version: int
    subject: str
    text: str
    html: str | None
    variables: list[str]
    created_at: Utc
    updated_at: Utc


class TemplateChange(PutBack, TemplateContent, of=TemplateOut):
    """The three parts as they are to be. The name is given once."""


class PreviewIn(BaseModel):
    """Made-up facts to render a template with; `version` is the newest where it is not given."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"facts": SAMPLE}]})

    facts: dict[str, Any] = Described(default=SAMPLE, max_length=100)
    version: int | None = Described(default=None, ge=1, le=2**31 - 1)


class PreviewOut(BaseModel):
    """`missing` names the variables that the facts did not hold: they rendered as nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"subject": "Welcome, Ada", "text": "Hello Ada", "html": None, "missing": ["lead.score"]}]
        }
    )

    subject: str
    text: str
    html: str | None
    missing: list[str]

    @classmethod
    def of(cls, rendered: Any) -> Self:
        return cls.model_validate(rendered, from_attributes=True)
