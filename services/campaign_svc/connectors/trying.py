"""A connector tried: its first page as it would be stored, and nothing stored."""

from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session

from services.campaign_svc.connectors.asking import Position
from services.campaign_svc.connectors.models import MOST_REJECTS, Connector, RejectOut, TrialOut
from services.campaign_svc.connectors.pages import Again, Asked, Hopeless, fetch
from services.campaign_svc.connectors.progress import Begun, window_of
from services.campaign_svc.connectors.sealed import Sealed
from services.campaign_svc.connectors.shapes import Settings
from shared.outgoing import Outgoing
from shared.web import found_or_404

MOST_SHOWN = 10


def as_if_begun(session: Session, connector_id: str, now: datetime) -> Begun:
    """As its next pull would begin. Raises Problem 404."""
    connector = found_or_404(session, Connector, connector_id, "connector")
    settings = Settings.model_validate(connector.settings)
    return Begun(
        id="",
        connector_id=connector.id,
        settings=settings,
        window=window_of(settings, connector.pulled_until, now.date()),
        as_of=now,
        page=0,
        credential=connector.credential,
        position=None,
        failures=0,
    )


async def tried(outgoing: Outgoing, sealed: Sealed, begun: Begun) -> TrialOut:
    window = begun.window
    try:
        asked = Asked(begun.settings, sealed.credential(begun), window, begun.as_of)
        page = await fetch(outgoing, asked, Position())
    except (Again, Hopeless) as failure:
        return TrialOut(first_day=window.first, last_day=window.last, error=str(failure))
    return TrialOut(
        first_day=window.first,
        last_day=window.last,
        rows=len(page.metrics) + len(page.rejected),
        metrics=page.metrics[:MOST_SHOWN],
        rows_rejected=len(page.rejected),
        rejects=[RejectOut(**asdict(one)) for one in page.rejected[:MOST_REJECTS]],
        more=page.follows is not None,
    )
