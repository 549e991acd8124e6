"""A connector as data: where an ad network's figures are, who asks for them, how they are paged through, how often."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from services.campaign_svc.connectors.mapping_shapes import MAPPING, TIME_FORMAT, FieldPath, Mapping
from shared.days import Day
from shared.types import LINE, WHOLE, Text

Parameter = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\[\]-]{1,64}$", examples=["page_token"])]
QueryValue = Annotated[Text, Field(description="`{from}` and `{to}` in it become the first and last day asked for.")]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$", examples=["X-Api-Key"])]
HeaderValue = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$")]
Credential = Annotated[
    str,
    Field(
        min_length=1,
        max_length=4_000,
        pattern=r"^[\x20-\x7e]+$",
        description="Never shown again. Absent in a change: the stored one stays.",
        json_schema_extra={"writeOnly": True},
    ),
]

DAYS = ("{from}", "{to}")

# They say where a request goes, how long it is or who asks: a connector does not get to say these.
TAKEN_HEADERS = {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect"}
TAKEN_HEADERS |= {"accept-encoding", "authorization", "cookie", "proxy-authorization"}


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Open(_Shape):
    """Anybody may ask."""

    kind: Literal["none"]


class Bearer(_Shape):
    kind: Literal["bearer"]
    credential: Credential | None = None


class Header(_Shape):
    """The credential as it is, in a header of its own."""

    kind: Literal["header"]
    name: HeaderName
    credential: Credential | None = None

    @model_validator(mode="after")
    def _of_its_own(self) -> Self:
        if self.name.lower() in TAKEN_HEADERS:
            raise PydanticCustomError("reserved_header", "must be a header of its own")
        return self


class Basic(_Shape):
    kind: Literal["basic"]
    username: Annotated[str, Field(max_length=200, pattern=r"^[\x20-\x39\x3b-\x7e]*$")]
    credential: Credential | None = None


Auth = Annotated[Open | Bearer | Header | Basic, Field(discriminator="kind")]


class OnePage(_Shape):
    """All in one answer."""

    kind: Literal["none"]


class CursorPaging(_Shape):
    """Each answer names the next one; null, empty or absent on the last."""

    kind: Literal["cursor"]
    path: FieldPath = Field(examples=["paging.next"])
    parameter: Parameter


class NumberPaging(_Shape):
    """By number, until a page is empty, or has fewer than `size` rows where that is given."""

    kind: Literal["page"]
    parameter: Parameter
    first: Annotated[int, Field(strict=True, ge=0, le=1), WHOLE] = 1
    size: Annotated[int, Field(strict=True, ge=1, le=20_000), WHOLE] | None = None


class LinkPaging(_Shape):
    """Each answer holds the address of the next one, at the same host; null, empty or absent on the last."""

    kind: Literal["link"]
    path: FieldPath = Field(examples=["paging.next"])


Paging = Annotated[OnePage | CursorPaging | NumberPaging | LinkPaging, Field(discriminator="kind")]

SETTINGS: JsonDict = {
    "name": "Search ads",
    "url": "https://ads.example.com/v1/reports",
    "query": {"since": "{from}", "until": "{to}"},
    "format": "json",
    "items": "data",
    "paging": {"kind": "cursor", "path": "paging.next", "parameter": "cursor"},
    "mapping": MAPPING,
    "every_seconds": 3_600,
    "look_back_days": 7,
    "since": "2026-01-01",
}


class Settings(_Shape):
    """All of a connector but its credential."""

    name: Annotated[str, Field(min_length=1, max_length=100), LINE]
    url: Annotated[Text, Field(description="HTTPS, at a public host. Figures are asked for with GET.")]
    query: Annotated[dict[Parameter, QueryValue], Field(max_length=50)] = {}
    date_format: Annotated[str, Field(pattern=TIME_FORMAT, description="Of `{from}` and `{to}`.")] = "%Y-%m-%d"
    format: Literal["json", "csv"]
    items: Annotated[str, Field(max_length=500, description="JSON: path to the list; empty, if the answer is it.")] = ""
    delimiter: Literal[",", ";", "\t", "|"] = ","
    encoding: Literal["utf-8", "utf-16", "latin-1", "windows-1252"] = "utf-8"
    paging: Paging = OnePage(kind="none")
    auth: Auth = Open(kind="none")
    headers: Annotated[
        dict[HeaderName, HeaderValue],
        Field(
            max_length=20,
            description="Sent with each request, such as the version of the network's API. Whoever may see the "
            "connector sees them: a secret belongs into `auth`.",
            examples=[{"X-Api-Version": "202601"}],
        ),
    ] = {}
    mapping: Mapping
    every_seconds: Annotated[int, Field(strict=True, ge=60, le=604_800), WHOLE] = 3_600
    look_back_days: Annotated[
        int,
        Field(strict=True, ge=0, le=400, description="Asked for again with each pull: networks correct themselves."),
        WHOLE,
    ] = 7
    days_at_once: Annotated[int, Field(strict=True, ge=1, le=400), WHOLE] | None = Field(
        None,
        description="The most days the network is asked for at once; more are asked for in parts, the oldest first.",
    )
    since: Day | None = Field(None, description="The first day of the first pull; else `look_back_days` before it.")
    enabled: bool = Field(True, strict=True)

    @model_validator(mode="after")
    def _that_fits_its_format(self) -> Self:
        if self.format == "csv" and self.paging.kind in ("cursor", "link"):
            raise PydanticCustomError("paging", "must be none or page: a CSV file has no place for a cursor")
        return self

    @field_validator("days_at_once")
    @classmethod
    def _which_the_query_names(cls, days: int | None, others: ValidationInfo) -> int | None:
        values = others.data.get("query", {}).values()
        if days and not all(any(name in value for value in values) for name in DAYS):
            raise PydanticCustomError("days_at_once", "needs {from} and {to} in the query", {})
        return days

    @field_validator("headers")
    @classmethod
    def _of_their_own(cls, headers: dict[str, str]) -> dict[str, str]:
        names = [name.lower() for name in headers]
        if TAKEN_HEADERS.intersection(names) or len(set(names)) < len(names):
            raise PydanticCustomError("reserved_header", "must be headers of their own, each once")
        return headers

    def same_figures(self, other: "Settings") -> bool:
        """Whether both would store the same of one day. A field counts unless it is named here."""
        beside = {"name", "auth", "every_seconds", "look_back_days", "enabled"}
        return self.model_dump(exclude=beside) == other.model_dump(exclude=beside)


class ConnectorIn(Settings):
    model_config = ConfigDict(
        title="ConnectorWrite",
        json_schema_extra={"examples": [SETTINGS | {"auth": {"kind": "bearer", "credential": "token-of-the-network"}}]},
    )

    @property
    def credential(self) -> str | None:
        return getattr(self.auth, "credential", None)

    @property
    def settings(self) -> dict[str, Any]:
        """What is stored in plain sight."""
        return self.model_dump(mode="json", exclude={"auth": {"credential"}})


def _is_none(value: object) -> bool:
    return value is None


class AuthOut(BaseModel):
    """The credential itself is never shown, and only what its kind has: so it can be put back."""

    kind: Literal["none", "bearer", "header", "basic"]
    name: str | None = Field(None, exclude_if=_is_none)
    username: str | None = Field(None, exclude_if=_is_none)


class Window(BaseModel):
    """The days that a pull asks for, both included."""

    first: date
    last: date

    def part(self, number: int, days: int | None) -> "Window | None":
        """The days of one request, from part 0 on; None after the last."""
        if days is None:
            return self if number == 0 else None
        first = self.first + timedelta(days=number * days)
        if first > self.last:
            return None
        return Window(first=first, last=min(self.last, first + timedelta(days=days - 1)))
