"""Made-up companies from a seed: half of them sent one by one, half in a file, and some told of again with news."""

import csv
import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from tests.chaos.calls import Address, Request
from tests.chaos.metrics import amount

SOURCE = "chaos"
INDUSTRIES = ("Software", "Retail", "Mining", "Energy", "Health & care", "Transport")
COUNTRIES = ("Germany", "US", "Japan", "Hong Kong/China")
CURRENCIES = ("EUR", "USD", "JPY")
MONEY = ("revenue", "profit", "assets")
TOLD_AGAIN, CHANGED_IN_FILE = 0.25, 0.02
TIMES_IN_FILE = 20
"""So often each company stands in the file, mostly without news: so that there is a middle to kill the import in."""


@dataclass(frozen=True)
class Told:
    """One thing said about a company. What is absent is unknown, and leaves what was known."""

    TO: ClassVar[Address] = Address("customer", "/v1/companies", "")

    name: str
    sent: Mapping[str, Any]


@dataclass(frozen=True)
class File:
    """`later` is said about its companies once it is stored."""

    key: str
    rows: tuple[Told, ...]
    later: tuple[Request, ...]

    @property
    def text(self) -> str:
        out = io.StringIO()
        fields = ("name", "industry", "country", *MONEY, "currency", "source", "external_id")
        writer = csv.DictWriter(out, fields, delimiter=";", lineterminator="\n")
        writer.writeheader()
        writer.writerows(_cells(row.sent) for row in self.rows)
        return out.getvalue()


def posted(seed: int, count: int) -> list[Request]:
    """One call for each company, and later one more for some of them."""
    chance = random.Random(f"companies {seed}")
    made: list[Request] = []
    for number in range(count):
        first = _first(chance, f"Firm {number}")
        made.append(Request(key := f"chaos-company-{seed}-{number}", (first,), False))
        if chance.random() < TOLD_AGAIN:
            made.append(Request(f"{key}-again", (_again(chance, first),), False, after=key))
    return made


def file(seed: int, count: int) -> File:
    chance = random.Random(f"file {seed}")
    now = {name: _first(chance, name, one_currency=True) for name in (f"Filed {number}" for number in range(count))}
    rows = [*now.values()]
    for _ in range(TIMES_IN_FILE - 1):
        for name in now:
            if chance.random() < CHANGED_IN_FILE:
                now[name] = _again(chance, now[name])
            rows.append(now[name])
    key = f"chaos-file-{seed}"
    chosen = chance.sample([*now], count // 10)
    later = [Request(f"{key}-{place}", (_again(chance, now[name]),), False) for place, name in enumerate(chosen)]
    return File(key, tuple(rows), tuple(later))


def _first(chance: random.Random, name: str, *, one_currency: bool = False) -> Told:
    """A few have revenue and profit in different currencies, and so take no part in any figure."""
    currency = chance.choice(CURRENCIES)
    filled = {
        "industry": chance.choice(INDUSTRIES),
        "country": chance.choice(COUNTRIES),
        **{one: _money(chance, currency) for one in MONEY},
    }
    sent = {one: value for one, value in filled.items() if chance.random() < 0.93}
    if not one_currency and chance.random() < 0.05:
        sent["profit"] = _money(chance, "KWD")
    return Told(name, sent | {"name": name, "source": SOURCE, "external_id": name})


def _again(chance: random.Random, before: Told) -> Told:
    """With another industry, other revenue, both, or nothing new."""
    sent = dict(before.sent)
    if chance.random() < 0.6:
        sent["industry"] = chance.choice(INDUSTRIES)
    if "revenue" in sent and chance.random() < 0.6:
        sent["revenue"] = _money(chance, sent["revenue"]["currency"])
    return Told(before.name, sent)


def _money(chance: random.Random, currency: str) -> dict[str, str]:
    sign = "-" if chance.random() < 0.1 else ""
    return {"amount": f"{sign}{amount(chance, 10**12)}", "currency": currency}


def _cells(sent: Mapping[str, Any]) -> dict[str, str]:
    amounts = {name: sent[name]["amount"] for name in MONEY if name in sent}
    currencies: Sequence[str] = sorted({sent[name]["currency"] for name in amounts})
    return (
        {name: value for name, value in sent.items() if name not in MONEY} | amounts | {"currency": "".join(currencies)}
    )
