"""Ads and companies of which every promise was kept, added up by hand: what the checks of figures are shown to turn
red on.
"""

from typing import Any

from tests.chaos.companies import File, Told
from tests.chaos.ledger import Imported, Ledger, Recorded, Reported
from tests.chaos.metrics import Report
from tests.chaos.shown import GROUPS, Item, Shown


def kept_figures() -> tuple[Ledger, Shown]:
    """One metric that was told of four times and one that was once; three companies, one of them in a file."""
    ledger = Ledger(len(REPORTS) + len(RECORDS), reports=REPORTS, records=RECORDS, imports=(IMPORTED,))
    return ledger, Shown(
        summary=dict.fromkeys(("planned", "waiting", "sent", "done", "withheld", "failed", "unknown"), 0),
        metrics=[{"id": "met_a", "version": 2, **NEW}, {"id": "met_b", "version": 1, **OTHER}],
        revisions={"met_a": [NEW, OLD, OLDER]},
        channels=[{"channel": "search", **OF_A}, {"channel": "social", **OF_B}],
        performance={by: _performance(by) for by in GROUPS},
        companies=COMPANIES,
        industries={"any": ANY, "used": ANY | {"items": [SOFTWARE, MINING], "dropped": 1} | USED},
    )


def _money(amount: str, currency: str = "EUR") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def _spent(currency: str, spend: str, revenue: str | None) -> Item:
    paid = {"sum": _money(revenue, currency), "n": 1} if revenue else {"sum": None, "n": 0}
    return {"currency": currency, "metrics": 1, "spend": {"sum": _money(spend, currency), "n": 1}, "revenue": paid}


KEY_A = {"channel": "search", "campaign": "brand", "account": "main", "ad": "ad1", "day": "2026-03-01"}
KEY_A |= {"dimensions": {"age": "50+", "gender": "F"}}  # type: ignore[dict-item]
KEY_B = {"channel": "social", "day": "2026-03-02", "dimensions": {}}
OLD: Item = KEY_A | {"as_of": "2026-03-05T12:00:00Z", "impressions": 9, "spend": _money("7")}
OLDER: Item = KEY_A | {"as_of": "2026-03-05T11:00:00Z", "impressions": 8, "conversions": {"sale": "1"}}
NEW: Item = KEY_A | {
    "as_of": "2026-03-05T12:02:00Z",
    "impressions": 10,
    "clicks": 2,
    "spend": _money("0.000000001"),
    "revenue": _money("12.5"),
    "conversions": {"lead": "2.5"},
}
OTHER: Item = KEY_B | {"as_of": "2026-03-05T09:00:00Z", "impressions": 100, "spend": _money("3", "USD")}
REPORTS = (
    Reported(Report("a", OLD), "met_a", "new"),
    Reported(Report("a", NEW), "met_a", "revised"),
    Reported(Report("b", OTHER), "met_b", "new"),
    Reported(Report("a", OLDER), "met_a", "kept"),
    Reported(Report("a", OLD), "met_a", "same"),
)
EUR, USD = _spent("EUR", "0.000000001", "12.50"), _spent("USD", "3.00", None)
OF_A: Item = {
    "metrics": 1,
    "impressions": {"sum": 10, "n": 1},
    "clicks": {"sum": 2, "n": 1},
    "conversions": {"lead": {"sum": "2.5", "n": 1}},
    "by_currency": [EUR],
}
NO_CLICKS: Item = {"clicks": {"sum": None, "n": 0}, "conversions": {}}
OF_B: Item = {"metrics": 1, "impressions": {"sum": 100, "n": 1}, "by_currency": [USD]} | NO_CLICKS
TOTALS = OF_A | {"metrics": 2, "impressions": {"sum": 110, "n": 2}, "by_currency": [EUR, USD]}


def _performance(group_by: str) -> Item:
    items = [
        {"group": {name: _value(key, currency, name) for name in group_by.split(",")}, **figures}
        for key, currency, figures in ((KEY_A, "EUR", OF_A), (KEY_B, "USD", OF_B))
    ]
    return {"items": items, "totals": TOTALS}


def _value(key: dict[str, Any], currency: str, name: str) -> Any:
    return (key | key["dimensions"] | {"currency": currency}).get(name)


MILL = {"name": "Mill", "industry": "Software", "country": "US", "revenue": _money("10"), "profit": _money("1")}
MILL_NOW = MILL | {"revenue": _money("20.000000001"), "assets": _money("5")}
BANK = {"name": "Bank", "industry": "Software", "country": "US", "revenue": _money("4"), "profit": _money("2", "USD")}
MINE = {"name": "Mine", "industry": "Mining", "revenue": _money("8", "JPY"), "profit": _money("-3", "JPY")}
FILE = File("file", (Told("Mine", MINE), Told("Mine", MINE)), ())
JOB = {"state": "done", "rows": 2, "created": 1, "changed": 0, "unchanged": 1, "rejected": 0}
IMPORTED = Imported(FILE, JOB, 1)
RECORDS = (
    Recorded(Told("Mill", MILL), "com_mill", "created"),
    *(Recorded(row) for row in FILE.rows),
    Recorded(Told("Bank", BANK), "com_bank", "created"),
    Recorded(Told("Mill", MILL_NOW), "com_mill", "changed"),
    Recorded(Told("Mill", MILL_NOW), "com_mill", "unchanged"),
)
COMPANIES: list[Item] = [
    {"id": "com_mill", "version": 2, **MILL_NOW, "revenue": _money("20.000000001")},
    {"id": "com_bank", "version": 1, **BANK, "assets": None},
    {"id": "com_mine", "version": 1, **MINE, "country": None, "assets": None},
]
SOFTWARE: Item = {"industry": "Software", "currency": "EUR", "n": 1, "revenue": "20.000000001", "profit": "1.00"}
SOFTWARE |= {"profit_mean": "1.00"}
MINING: Item = {"industry": "Mining", "currency": "JPY", "n": 1, "revenue": "8", "profit": "-3", "profit_mean": "-3"}
NO_COLUMN = {"industry": 0, "revenue": 0, "profit": 0, "currency": 1}
USED: Item = {"dropped_by_column": NO_COLUMN}
ANY: Item = {
    "items": [SOFTWARE],
    "companies": 3,
    "dropped": 2,
    "dropped_by_column": NO_COLUMN | {"name": 0, "country": 1, "assets": 2},
}
