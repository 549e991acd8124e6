"""One row of an answer as a metric: exact, or refused with the field and a reason that repeats nothing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.connectors.mapping import RowRefused, metric_of
from services.campaign_svc.connectors.mapping_shapes import Mapping
from services.campaign_svc.connectors.reading import at

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
MAPPING: dict[str, Any] = {
    "channel": {"value": "search"},
    "campaign": {"path": "campaign.name"},
    "ad": {"path": "ad"},
    "day": {"path": "day"},
    "dimensions": {"device": {"path": "device"}, "age": {"path": "age"}},
    "impressions": {"path": "impressions"},
    "clicks": {"path": "clicks", "scale": "1000"},
    "spend": {"path": "micros", "scale": "0.000001"},
    "revenue": {"path": "value"},
    "currency": {"path": "currency"},
    "conversions": {"lead": {"path": "leads"}, "sale": {"path": "sales"}},
    "as_of": {"path": "updated"},
}
ROW: dict[str, Any] = {
    "campaign": {"name": "brand"},
    "ad": 708746,
    "day": "2026-01-30",
    "device": "MOBILE",
    "age": None,
    "impressions": "166",
    "clicks": Decimal("0.049"),
    "micros": 36_150_001,
    "value": Decimal("1.429999948"),
    "currency": "eur",
    "leads": "2.50",
    "sales": " ",
    "updated": "2026-01-31T06:00:00+02:00",
}


def mapped(row: dict[str, Any], **mapping: Any) -> MetricIn:
    return metric_of(lambda path: at(row, path), Mapping.model_validate(MAPPING | mapping), as_of=NOW, latest=NOW)


def test_a_row_is_read_exactly() -> None:
    metric = mapped(ROW)
    assert (metric.channel, metric.campaign, metric.ad, metric.day) == ("search", "brand", "708746", date(2026, 1, 30))
    assert (metric.impressions, metric.clicks, metric.dimensions) == (166, 49, {"device": "MOBILE"})
    assert metric.spend and metric.revenue
    assert (metric.spend.amount, metric.revenue.amount, metric.currency) == ("36.150001", "1.429999948", "EUR")
    assert (metric.conversions, metric.as_of) == ({"lead": Decimal("2.5")}, datetime(2026, 1, 31, 4, tzinfo=UTC))


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_what_is_blank_was_not_reported_which_is_not_zero(blank: object) -> None:
    metric = mapped(ROW | {"impressions": blank, "micros": blank, "updated": blank, "campaign": {}})
    assert (metric.impressions, metric.spend, metric.campaign, metric.as_of) == (None, None, "", NOW)


def test_the_noise_of_a_float_is_rounded_away_at_the_ninth_decimal() -> None:
    metric = mapped(ROW | {"value": Decimal("0.30000000000000004")})
    assert metric.revenue and metric.revenue.amount == "0.30"


def test_days_and_times_are_read_by_their_format() -> None:
    row = ROW | {"day": "31-08-2023", "updated": "2021-04-06 12:21:11.686"}
    formats = {
        "day": {"path": "day", "format": "%d-%m-%Y"},
        "as_of": {"path": "updated", "format": "%Y-%m-%d %H:%M:%S.%f"},
    }
    metric = mapped(row, **formats)
    assert (metric.day, metric.as_of) == (date(2023, 8, 31), datetime(2021, 4, 6, 12, 21, 11, 686000, tzinfo=UTC))
    assert mapped(ROW | {"day": 20260130}, day={"path": "day", "format": "%Y%m%d"}).day == date(2026, 1, 30)


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("impressions", {"impressions": "1,234"}),
        ("impressions", {"impressions": "12.5"}),
        ("impressions", {"impressions": -1}),
        ("impressions", {"impressions": 2**63}),
        ("impressions", {"impressions": True}),
        ("impressions", {"impressions": "NaN"}),
        ("impressions", {"impressions": "1_000"}),
        ("impressions", {"impressions": "٣"}),
        ("impressions", {"impressions": [1]}),
        ("clicks", {"clicks": Decimal("0.0001")}),
        ("spend", {"micros": -1}),
        ("spend", {"micros": Decimal("1e999999")}),
        ("spend", {"micros": "1e99"}),
        ("spend", {"micros": 10**4_000}),
        ("revenue", {"value": Decimal("Infinity")}),
        ("currency", {"currency": None}),
        ("spend/currency", {"currency": "XXX1"}),
        ("conversions/lead", {"leads": "two"}),
        ("conversions/lead", {"leads": -2}),
        ("day", {"day": "2026-02-30"}),
        ("day", {"day": None}),
        ("day", {"day": 20260130}),
        ("ad", {"ad": {"id": 1}}),
        ("ad", {"ad": "a\x00b"}),
        ("campaign", {"campaign": {"name": "x" * 201}}),
        ("dimensions/device", {"device": "x" * 201}),
        ("as_of", {"updated": "yesterday"}),
        ("as_of", {"updated": "2026-03-31T06:00:00Z"}),
    ],
)
def test_a_row_that_cannot_be_read_names_its_field(field: str, changed: dict[str, Any]) -> None:
    with pytest.raises(RowRefused) as refused:
        mapped(ROW | changed)
    assert refused.value.field == field
    assert refused.value.reason.endswith(".")
    [(_, value)] = changed.items()
    assert not isinstance(value, str) or value not in refused.value.reason


def test_two_currencies_in_one_row_cannot_come_about() -> None:
    metric = mapped(ROW)
    assert metric.spend and metric.revenue and metric.spend.currency == metric.revenue.currency


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", {"a": [{"t": "x.y", "v": 1}, {"t": "z", "v": 2}], "b": {"c": 3}}),
        ("b.c", 3),
        ("a.1.v", 2),
        ("a[t=x.y].v", 1),
        ("a[t=z].v", 2),
        ("a[t=none].v", None),
        ("a.2.v", None),
        ("a.-1.v", None),
        ("b[t=z].v", None),
        ("b.c.d", None),
        ("x.y", None),
    ],
)
def test_a_path_finds_what_stands_there_or_nothing(path: str, found: object) -> None:
    assert at({"a": [{"t": "x.y", "v": 1}, {"t": "z", "v": 2}], "b": {"c": 3}}, path) == found
