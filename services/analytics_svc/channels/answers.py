"""The two questions: what each channel gave, and what the ads gave by whatever one groups them by."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from services.analytics_svc.channels.figures import NO_KIND
from services.analytics_svc.channels.reading import Group, Summed, Wanted, grouped, total
from services.analytics_svc.channels.views import FIGURES, FiguresOut, figures
from shared.types import Utc


class ChannelOut(FiguresOut):
    """What one channel gave, over everything that was ever reported."""

    model_config = ConfigDict(title="Channel", json_schema_extra={"examples": [{"channel": "search"} | FIGURES]})

    channel: str


class ChannelsOut(BaseModel):
    items: list[ChannelOut] = Field(description="By name.")
    as_of: Utc | None = Field(description="When the newest figures here were true; null where there are none.")


class GroupOut(FiguresOut):
    """One group. A value is null where its metrics have none: no campaign was named, no such dimension given."""

    model_config = ConfigDict(
        title="AdGroupFigures",
        json_schema_extra={"examples": [{"group": {"channel": "search", "age": "30-34"}} | FIGURES]},
    )

    group: dict[str, str | date | None]


class PerformanceOut(BaseModel):
    """`totals` are over the same metrics as the groups, and every metric is in exactly one group."""

    group_by: list[str] = Field(examples=[["channel", "age"]])
    items: list[GroupOut]
    totals: FiguresOut
    as_of: Utc | None = Field(description="When the newest figures here were true; null where there are none.")


def channels(session: Session, min_impressions: int | None, currency: str | None) -> ChannelsOut:
    only = {"currency": currency} if currency else {}
    found = grouped(session, Wanted(("channel",), only=only))
    if min_impressions is not None:
        found = {group: summed for group, summed in found.items() if _impressions(summed) > min_impressions}
    items = [ChannelOut(channel=channel, **figures(summed)) for (channel,), summed in found.items()]
    return ChannelsOut(items=items, as_of=total(found.values()).as_of)


def performance(session: Session, wanted: Wanted) -> PerformanceOut:
    found = grouped(session, wanted)
    totals = FiguresOut(**figures(total(found.values())))
    items = [_group(wanted, group, summed) for group, summed in found.items()]
    return PerformanceOut(group_by=list(wanted.group_by), items=items, totals=totals, as_of=totals.as_of)


def _group(wanted: Wanted, group: Group, summed: Summed) -> GroupOut:
    named: Mapping[str, Any] = dict(zip(wanted.group_by, group, strict=True))
    return GroupOut(group=named, **figures(summed))


def _impressions(summed: Summed) -> int:
    """Unknown ones are not more than anything; and zero is not more than zero."""
    return sum(vector[1] for (_, kind), vector in summed.sums.items() if kind == NO_KIND)
