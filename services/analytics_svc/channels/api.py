"""What ads gave, as it stands: by channel over everything, or by whatever one asks for over some days."""

import re
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from services.analytics_svc.channels.answers import ChannelsOut, PerformanceOut, channels, performance
from services.analytics_svc.channels.reading import Wanted
from shared.days import Day, refuse_backwards
from shared.money import currency_code
from shared.principal import Principal
from shared.types import Text
from shared.web import Db, Router, allowed

router = Router(tags=["ad performance"])

MOST_NAMES = 6
_NAME = r"[A-Za-z0-9_.-]{1,64}\s*"
_NAMES = re.compile(rf"\s*(?:{_NAME}(?:,\s*{_NAME}){{0,{MOST_NAMES - 1}}})?")

MayRead = Annotated[Principal, allowed("channels:read")]
Currency = Annotated[str, AfterValidator(currency_code), Query(description="Only metrics with money in it (ISO 4217).")]


def _names(text: str) -> str:
    if not _NAMES.fullmatch(text):
        raise PydanticCustomError(
            "group_by", f"must be up to {MOST_NAMES} names of letters, digits, _ . and -, with commas between them"
        )
    return text


async def _group_by(
    group_by: Annotated[
        str,
        AfterValidator(_names),
        Query(
            max_length=400,
            description="Names with commas between them: channel, campaign, account, ad, day, currency, or dimensions "
            "that were reported, such as age. A name that no metric ever had is refused.",
            examples=["channel,campaign"],
            json_schema_extra={"pattern": f"^{_NAMES.pattern}$"},
        ),
    ] = "channel",
) -> tuple[str, ...]:
    """In the order of the first time that each was named."""
    return tuple(dict.fromkeys(name for name in map(str.strip, group_by.split(",")) if name))


GroupBy = Annotated[tuple[str, ...], Depends(_group_by)]


@router.get("/v1/channels")
async def list_channels(
    _: MayRead,
    db: Db,
    min_impressions: Annotated[
        int | None,
        Query(ge=0, le=2**63 - 1, description="Only channels with more impressions than this.", examples=[10_000]),
    ] = None,
    currency: Currency | None = None,
) -> ChannelsOut:
    """The figures of each channel, over everything that was reported."""
    return await db.read(channels, min_impressions, currency)


@router.get("/v1/ad-performance")
async def read_ad_performance(
    _: MayRead,
    group_by: GroupBy,
    db: Db,
    since: Annotated[Day | None, Query(alias="from", description="The first day.")] = None,
    until: Annotated[Day | None, Query(alias="to", description="The last day.")] = None,
    channel: Text | None = None,
    campaign: Text | None = None,
    account: Text | None = None,
    ad: Text | None = None,
    currency: Currency | None = None,
) -> PerformanceOut:
    """The figures of each group, and of all together. Metrics that name no such dimension are a group of their own."""
    refuse_backwards(since, until)
    asked = {"channel": channel, "campaign": campaign, "account": account, "ad": ad, "currency": currency}
    only = {name: value for name, value in asked.items() if value is not None}
    return await db.read(performance, Wanted(group_by, since, until, only))
