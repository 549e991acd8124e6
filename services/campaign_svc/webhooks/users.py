"""Who uses an endpoint: the journeys that are on and have an action to it."""

from sqlmodel import Session, col, select

from services.campaign_svc.journeys.models import Journey, JourneyVersion


def journeys_using(session: Session, endpoint: str) -> list[str]:
    """Their names. A journey that is off may name it: to be switched on, it is checked again."""
    newest = select(Journey.name, JourneyVersion.definition).join(
        JourneyVersion,
        (col(JourneyVersion.journey_id) == Journey.id) & (col(JourneyVersion.version) == Journey.version),
    )
    live = session.exec(newest.where(col(Journey.on).is_(True)).order_by(Journey.name))
    return [name for name, definition in live if any(one.get("endpoint") == endpoint for one in definition["actions"])]
