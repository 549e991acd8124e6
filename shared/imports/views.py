"""What is said about imports over HTTP: kinds, jobs, previews."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.imports.jobs import Job
from shared.imports.kinds import Kind
from shared.imports.shapes import Column, Type
from shared.types import Utc
from shared.web.errors import FieldErrorOut

State = Literal["waiting", "running", "done", "failed", "cancelled"]

EXAMPLE: dict[str, Any] = {
    "id": "imp_01k9q3v7w8e5rtx2m4n6p8q0sk",
    "kind": "companies",
    "state": "running",
    "name": "customers.csv",
    "encoding": "cp1252",
    "delimiter": ";",
    "columns": {"name": "Firma", "revenue": "Umsatz"},
    "constants": {"currency": "EUR"},
    "bytes": 1048576,
    "bytes_read": 262144,
    "rows": 4200,
    "created": 4100,
    "changed": 60,
    "unchanged": 30,
    "rejected": 10,
    "detail": "",
    "created_by": "user:ada",
    "created_at": "2026-01-31T09:30:00Z",
    "started_at": "2026-01-31T09:30:01Z",
    "ended_at": None,
    "file_until": None,
    "version": 23,
}
PREVIEW: dict[str, Any] = {
    "encoding": "cp1252",
    "delimiter": ";",
    "columns": {"name": "Firma", "revenue": "Umsatz"},
    "unknown_columns": ["Bemerkung"],
    "complete": True,
    "rows": 3,
    "would_create": 1,
    "would_change": 0,
    "unchanged": 1,
    "rejected": 1,
    "first": [{"row": 1, "line": 2, "outcome": "created", "stored": {"name": "Analytical Engines"}}],
    "rejects": [
        {"row": 3, "line": 4, "errors": [{"pointer": "/name", "code": "missing", "detail": "Field required."}]}
    ],
}


class ImportOut(BaseModel):
    """A file on its way in. `rows` are those dealt with so far: created, changed, unchanged and rejected ones."""

    model_config = ConfigDict(title="Import", json_schema_extra={"examples": [EXAMPLE]})

    id: str
    kind: str
    state: State
    name: str | None
    encoding: str
    delimiter: str
    columns: dict[str, str] = Field(description="By field, the column of the file.")
    constants: dict[str, str]
    bytes: int
    bytes_read: int
    rows: int
    created: int
    changed: int
    unchanged: int
    rejected: int
    detail: str = Field(description="Why it failed; else empty.")
    created_by: str
    created_at: Utc
    started_at: Utc | None
    ended_at: Utc | None
    file_until: Utc | None = Field(description="Until then the rejected rows can be fetched.")
    version: int

    @classmethod
    def of(cls, job: Job) -> "ImportOut":
        form = job.form.model_dump(include={"encoding", "delimiter", "columns", "constants"})
        return cls(**job.model_dump(exclude={"form"}), **form)


class PreviewRow(BaseModel):
    row: int = Field(description="From 1 after the header.")
    line: int = Field(description="Where it begins in the file.")
    outcome: Literal["created", "changed", "unchanged"]
    stored: dict[str, Any] = Field(description="As it would be stored.")


class RejectedRow(BaseModel):
    row: int
    line: int
    errors: list[FieldErrorOut]


class PreviewOut(BaseModel):
    """What an import of this file would do; nothing was changed."""

    model_config = ConfigDict(title="ImportPreview", json_schema_extra={"examples": [PREVIEW]})

    encoding: str
    delimiter: str
    columns: dict[str, str] = Field(description="By field, the column of the file.")
    unknown_columns: list[str] = Field(description="Columns from which nothing is taken.")
    complete: bool = Field(description="False where the file goes on behind the rows that were looked at.")
    rows: int = Field(description="How many were looked at.")
    would_create: int
    would_change: int
    unchanged: int
    rejected: int
    first: list[PreviewRow]
    rejects: list[RejectedRow] = Field(description="The first hundred.")


class ColumnOut(BaseModel):
    field: str = Field(examples=["revenue"])
    type: Type
    required: bool
    synonyms: list[str] = Field(description="Names of columns that are found by themselves.", examples=[["sales"]])
    about: str

    @classmethod
    def of(cls, column: Column) -> "ColumnOut":
        return cls(
            field=column.field,
            type=column.type,
            required=column.required,
            synonyms=list(column.synonyms),
            about=column.about,
        )


class KindOut(BaseModel):
    """What can be imported here, and what its rows consist of."""

    model_config = ConfigDict(title="ImportKind")

    name: str = Field(examples=["companies"])
    about: str
    scope: str = Field(description="Needed besides imports:write.", examples=["companies:write"])
    columns: list[ColumnOut]

    @classmethod
    def of(cls, kind: Kind[Any]) -> "KindOut":
        columns = [ColumnOut.of(column) for column in kind.shape.columns]
        return cls(name=kind.name, about=kind.about, scope=kind.scope, columns=columns)


class KindsOut(BaseModel):
    items: Annotated[list[KindOut], Field(description="By name.")]
