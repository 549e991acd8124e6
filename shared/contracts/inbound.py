"""What other systems may submit over the bus. Nobody of ours states these: they are asked for, and become facts.

The one place where identifying data is on the bus: own topics, own access rules, shorter kept, dead letters sealed.
`time` of the envelope is when it was true.
"""

from typing import Annotated

from pydantic import BaseModel, Field

from shared.contracts.customer import Channel, Purpose
from shared.days import Day
from shared.events import Event
from shared.money import Money
from shared.types import LINE, WHOLE, BlankIsNone, Country, Email, Language, LongText, Text, TimeZone, Utc

Code = Annotated[str, Field(min_length=1, max_length=100), LINE]
Measured = Annotated[int, Field(strict=True, ge=0, le=10**15), WHOLE]


class Allowed(BaseModel):
    """A person allows messages for this purpose by this channel."""

    purpose: Purpose
    channel: Channel


class LeadSubmitted(Event, type="lead.submitted", topic="inbound-leads", key="source"):
    """Somebody showed interest. All but `source` is optional; an unknown field is refused.

    `email` and (`source`, `external_id`) identify a person; a phone alone does not.
    """

    source: Code = Field(description="The form, channel or system that it comes from.")
    external_id: Annotated[Annotated[str, Field(max_length=200), LINE] | None, BlankIsNone] = Field(
        None, description="The id of this person in `source`."
    )
    email: Annotated[Email | None, BlankIsNone] = None
    phone: Annotated[Text | None, BlankIsNone] = Field(
        None, description="International with `+`, or national with `phone_region`."
    )
    phone_region: Annotated[Country | None, BlankIsNone] = Field(
        None, description="The country whose national phone numbers are meant."
    )
    name: Annotated[Text | None, BlankIsNone] = None
    first_name: Annotated[Text | None, BlankIsNone] = None
    last_name: Annotated[Text | None, BlankIsNone] = None
    company: Annotated[Text | None, BlankIsNone] = None
    industry: Annotated[Text | None, BlankIsNone] = None
    job_title: Annotated[Text | None, BlankIsNone] = None
    country: Annotated[Country | None, BlankIsNone] = None
    language: Annotated[Language | None, BlankIsNone] = None
    time_zone: Annotated[TimeZone | None, BlankIsNone] = None
    message: Annotated[LongText | None, BlankIsNone] = None
    utm: dict[str, Text] = Field(
        {}, max_length=20, description="Link tags by name: source, medium, campaign, term, content."
    )
    consent: list[Allowed] = Field([], max_length=20)
    attributes: dict[str, str | int | float | bool | None] = Field(
        {},
        max_length=50,
        description="Anything else that is one text, number or truth value; nothing that tells who somebody is.",
    )

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "source": "website",
                    "external_id": "form-4711",
                    "email": "ada@example.com",
                    "name": "Ada Lovelace",
                    "company": "Analytical Engines",
                    "industry": "software",
                    "job_title": "CTO",
                    "country": "DE",
                    "language": "en",
                    "time_zone": "Europe/Berlin",
                    "utm": {"source": "newsletter"},
                    "consent": [{"purpose": "marketing", "channel": "email"}],
                    "attributes": {"employees": 120, "trial": True},
                }
            ]
        }
    }


class AdMetricSubmitted(Event, type="ad_metric.submitted", topic="inbound-ad-metrics", key="channel"):
    """What an ad network says of one key and day; an unknown field is refused.

    The key is account, channel, campaign, ad, day and dimensions: the same key again is a revision, and the newer
    `as_of` stands. A measure that is absent was not reported, which is not zero.
    """

    channel: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            pattern=r"^\s*[^/\s\u0000-\u001f\u007f-\u009f][^/\u0000-\u001f\u007f-\u009f]*\s*$",
            description="Where the ad was shown: search, facebook. Without a slash.",
        ),
        LINE,
    ]
    campaign: Annotated[str, Field(max_length=200), LINE] = Field(
        "",
        description="Absent, null or blank: figures of the channel that no campaign is named for.",
        json_schema_extra={"type": ["string", "null"]},
    )
    account: Annotated[str, Field(max_length=200), LINE] | None = Field(None, description="The account at the network.")
    ad: Annotated[str, Field(max_length=200), LINE] | None = Field(None, description="The id or name of the single ad.")
    day: Day
    dimensions: dict[str, Text] = Field(
        {},
        max_length=20,
        description="What the figures are broken down by: age, gender, device. Part of the key.",
    )
    impressions: Measured | None = None
    clicks: Measured | None = None
    spend: Money | None = None
    conversions: dict[str, int | str] = Field(
        {}, max_length=20, description="By kind; may be fractional, then as decimal text."
    )
    revenue: Money | None = Field(None, description="In the currency of `spend`; negative where more was refunded.")
    as_of: Utc | None = Field(None, description="When the network said so; `time` of the envelope, if absent.")

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "account": "main",
                    "channel": "search",
                    "campaign": "brand",
                    "ad": "708746",
                    "day": "2026-01-30",
                    "dimensions": {"age": "30-34", "gender": "M"},
                    "impressions": 7350,
                    "clicks": 12,
                    "spend": {"amount": "14.30", "currency": "EUR"},
                    "conversions": {"lead": 2, "sale": "1.5"},
                    "revenue": {"amount": "99.00", "currency": "EUR"},
                    "as_of": "2026-01-31T06:00:00Z",
                }
            ]
        }
    }
