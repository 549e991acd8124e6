"""What one company adds to the figures. Thinking only: a fact in, a contribution out."""

from dataclasses import dataclass

from services.analytics_svc.industries.amounts import NOTHING, Parts, parts_of
from shared.contracts.customer import CompanyRecorded
from shared.money import Money

USED = ("industry", "revenue", "profit", "currency")
"""No figure can be made without these. `currency` is missing where revenue and profit are not in one: money of two
currencies is not set side by side, so such a company is dropped, and counted as that.
"""

COLUMNS = ("name", "country", "industry", "revenue", "profit", "assets", "currency")
"""All for which a company may be dropped."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """One company, under its key. Amounts that no figure will use are nothing."""

    industry: str
    currency: str
    missing: str
    revenue: Parts
    profit: Parts

    @property
    def key(self) -> tuple[str, str, str]:
        return self.industry, self.currency, self.missing

    @staticmethod
    def of(fact: CompanyRecorded) -> "Contribution":
        missing = _missing(fact)
        currency = "" if "currency" in missing else _currency(fact.revenue or fact.profit)
        usable = not any(column in USED for column in missing)
        return Contribution(
            fact.industry or "",
            currency,
            ",".join(missing),
            parts_of(fact.revenue) if usable and fact.revenue else NOTHING,
            parts_of(fact.profit) if usable and fact.profit else NOTHING,
        )


def _missing(fact: CompanyRecorded) -> list[str]:
    """What the fact names, and what can be seen to be missing; in the order of COLUMNS."""
    told = {name for name in fact.missing if name != "currency"}
    told |= {name for name in ("industry", "revenue", "profit") if not getattr(fact, name)}
    if fact.revenue and fact.profit and fact.revenue.currency != fact.profit.currency:
        told.add("currency")
    return [name for name in COLUMNS if name in told]


def _currency(money: Money | None) -> str:
    return money.currency if money else ""
