"""Room of the actions: each is planned once, sent or carried out at most once, and accounted for at every moment."""

from services.campaign_svc.delivery.api import router
from services.campaign_svc.delivery.dispatch import DispatchAction
from services.campaign_svc.delivery.letters import Letters
from services.campaign_svc.delivery.mailers import open_mailer
from services.campaign_svc.delivery.metrics import GAUGES
from shared.due import Effect
from shared.runtime import Runtime

__all__ = ["GAUGES", "effects", "router"]


def effects(runtime: Runtime) -> list[Effect]:
    customer, settings = runtime.client("customer"), runtime.settings
    return [DispatchAction(runtime.db, customer, open_mailer(settings), Letters.of(settings))]
