"""A record on its way: all that can be worked out before the transaction, where a chunk of them would hold up others.

Plain values only, so that they pass cheaply from the process that reads a file to the one that stores it.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from services.customer_svc.companies.identity import exclusive, lookups
from services.customer_svc.companies.profile import FIELDS, columns_of, fact
from services.customer_svc.companies.shapes import CompanyIn
from shared.events.wire import Draft, drafted
from shared.ids import new_id

_LATER = datetime(1970, 1, 1, tzinfo=UTC)
"""A draft is of no time; its event wants one."""


class Arriving(NamedTuple):
    """What finds its company by kind of identifier, and what would be written if that is a new one: then it has this
    `id`, these columns, and `fact` is stated. `exclusive` is what the record has one of.
    """

    id: str
    named: dict[str, str]
    exclusive: frozenset[str]
    source: str | None
    external_id: str | None
    columns: dict[str, Any]
    fact: Draft


def arriving(company: CompanyIn) -> Arriving:
    values, company_id = {name: getattr(company, name) for name in FIELDS}, new_id("com")
    return Arriving(
        company_id,
        lookups(company),
        exclusive(company),
        company.source,
        company.external_id,
        columns_of(values),
        drafted(fact(company_id, 1, values, _LATER)),
    )
