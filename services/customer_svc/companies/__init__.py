"""The room `companies`: each company once, as its sources and people know it, and the fact of every change.

`arriving(company)` makes a `CompanyIn` ready; `record(tx, rows)` takes in up to a thousand of these in one unit of
work; `preview(session, rows, now)` says what it would do. `identity` says what makes two records one company.
"""

from services.customer_svc.companies.api import router
from services.customer_svc.companies.arriving import Arriving, arriving
from services.customer_svc.companies.recording import Recorded, preview, record
from services.customer_svc.companies.shapes import CompanyIn

__all__ = ["Arriving", "CompanyIn", "Recorded", "arriving", "preview", "record", "router"]
