"""Room of the webhooks: other systems are told, signed, at least once, and a dead one slows nobody."""

from services.campaign_svc.webhooks import api, deliveries_api
from services.campaign_svc.webhooks.deliver import DeliverWebhook
from services.campaign_svc.webhooks.models import KEPT
from services.campaign_svc.webhooks.sending import Sender
from shared.due import Effect
from shared.runtime import Runtime
from shared.web import Router

router = Router()
router.include_router(api.router)
router.include_router(deliveries_api.router)

__all__ = ["KEPT", "effects", "router"]


def effects(runtime: Runtime) -> list[Effect]:
    return [DeliverWebhook(runtime.db, Sender.of(runtime))]
