"""What a receiver is told: the action and the facts that were decided on. Nothing in it identifies a person.

The same bytes at every attempt: time, order of names and id do not change with who sends it when.
"""

from datetime import datetime
from typing import Any

import orjson

from services.campaign_svc.delivery.models import Action

ACTION, TEST = "action.webhook", "webhook.test"


def of_action(action: Action) -> bytes:
    about = {"action_id", "journey_id", "decision_id", "contact_id", "about", "name", "occurred_at", "trace_id"}
    known = action.model_dump()
    told = {name: known[name] for name in sorted(about - {"action_id"})}
    facts = action.config.get("facts") or {}
    return _message(ACTION, action.planned_at, told | {"action_id": action.id, "facts": facts})


def of_test(endpoint_id: str, name: str, now: datetime) -> bytes:
    return _message(TEST, now, {"endpoint_id": endpoint_id, "name": name})


def _message(type: str, timestamp: datetime, data: dict[str, Any]) -> bytes:
    # PostgreSQL keeps objects in an order of its own, so the order is made here.
    return orjson.dumps(
        {"type": type, "timestamp": timestamp, "data": data}, option=orjson.OPT_UTC_Z | orjson.OPT_SORT_KEYS
    )
