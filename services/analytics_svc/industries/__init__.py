"""The room `industries`: sums and means over companies by industry and currency, kept as companies are recorded.

A fact's way: `contributions` (what a company adds), `handlers` (against what it added before), `moves` (into the
figures of its industry). `reading` answers from these alone; `recompute` makes them anew.
"""

from services.analytics_svc.industries.api import router
from services.analytics_svc.industries.handlers import HANDLERS
from services.analytics_svc.industries.moves import recompute

__all__ = ["HANDLERS", "recompute", "router"]
