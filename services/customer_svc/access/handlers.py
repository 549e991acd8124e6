"""What the other services say of API keys: that one was used there."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, update

from shared.access.apikeys import api_keys
from shared.contracts.analytics import AnalyticsKeyUsed
from shared.contracts.campaign import CampaignKeyUsed
from shared.database import Tx


def on_keys_used(tx: Tx, facts: Sequence[CampaignKeyUsed | AnalyticsKeyUsed]) -> None:
    """The latest use counts, wherever it was and in whatever order they come."""
    latest: dict[str, datetime] = {}
    for fact in facts:
        latest[fact.key_id] = max(fact.occurred_at, latest.get(fact.key_id, fact.occurred_at))
    for key_id, used_at in sorted(latest.items()):
        older = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < used_at)
        tx.session.execute(update(api_keys).where(api_keys.c.id == key_id, older).values(last_used_at=used_at))


HANDLERS = {CampaignKeyUsed: on_keys_used, AnalyticsKeyUsed: on_keys_used}
