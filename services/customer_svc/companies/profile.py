"""What is known of a company, between the columns it is stored in and the fact that states it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.customer_svc.companies.identity import code_of
from shared.contracts.customer import CompanyRecorded
from shared.money import Money

PLAIN = ("name", "industry", "country", "domain", "employees", "source")
MONEY = ("revenue", "profit", "assets")
CODE = "country_code"
FIELDS = (*PLAIN, *MONEY)

COUNTED = ("country", "industry", "revenue", "profit", "assets")
"""The columns that a figure may want filled, besides the name, which is never absent. Others, such as employees or the
domain, are not part of an analysis of figures: most sources have none, and that makes no company incomplete.
"""

_PARTS = {name: (f"{name}_units", f"{name}_nanos", f"{name}_currency") for name in MONEY}

LEARNT = {name: _PARTS.get(name, (name,)) for name in FIELDS if name != "source"} | {"country": ("country", CODE)}
"""What a later record may change, with its columns; where the first is null, the field is unknown. `source` is where a
company was first recorded from.
"""

Values = dict[str, Any]
"""By field, what is known; money as `Money`, what is unknown as None."""


def values_of(row: Mapping[Any, Any]) -> Values:
    values = {name: row[name] for name in PLAIN}
    for name, (units, nanos, currency) in _PARTS.items():
        values[name] = Money(row[units], row[nanos], row[currency]) if row[currency] is not None else None
    return values


def columns_of(values: Values) -> dict[str, Any]:
    row = {name: values[name] for name in PLAIN}
    row[CODE] = code_of(values["country"])
    for name, (units, nanos, currency) in _PARTS.items():
        if (money := values[name]) is None:
            row[units] = row[nanos] = row[currency] = None
        else:
            row[units], row[nanos], row[currency] = money.units, money.nanos, money.currency
    return row


def fact(company_id: str, version: int, values: Values, at: datetime) -> CompanyRecorded:
    return CompanyRecorded(
        company_id=company_id,
        sequence=version,
        occurred_at=at,
        created=version == 1,
        industry=values["industry"],
        country=values["country"],
        revenue=values["revenue"],
        profit=values["profit"],
        missing=[name for name in COUNTED if values[name] is None],
    )
