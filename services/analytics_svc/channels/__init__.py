"""Room of the channels: what ads gave, summed while the facts come in, so that a question costs the same at any size.

`handlers` moves the sums by what a revision changes, `rollups` holds them and makes them again, `reading` answers from
the smallest that will do, `days` gives them as series.
"""

from services.analytics_svc.channels.api import router
from services.analytics_svc.channels.handlers import HANDLERS

__all__ = ["HANDLERS", "router"]
