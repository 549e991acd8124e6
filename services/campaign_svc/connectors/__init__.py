"""Room of the connectors: ad networks that are asked for their figures on a schedule, as the data of a connector says.

Each page is stored whole, with the place of the next one; what is asked for again is a revision or nothing.
"""

from services.campaign_svc.connectors.api import router
from services.campaign_svc.connectors.metrics import GAUGES
from services.campaign_svc.connectors.pulling import PullConnector, outgoing_of
from services.campaign_svc.connectors.sealed import Sealed
from shared.due import Effect
from shared.runtime import Runtime

__all__ = ["GAUGES", "effects", "router"]


def effects(runtime: Runtime) -> list[Effect]:
    return [PullConnector(runtime.db, outgoing_of(runtime), Sealed(runtime.settings.master))]
