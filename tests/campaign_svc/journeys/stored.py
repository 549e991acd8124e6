"""What a test finds of journeys in the database, and how it changes one as a person would."""

from typing import Any

from sqlmodel import Session, col, select

from services.campaign_svc.delivery.models import Action
from services.campaign_svc.journeys import catalog
from services.campaign_svc.journeys.models import Decision, Journey, JourneyVersion, LeadFacts
from services.campaign_svc.journeys.shapes import JourneyChange
from services.campaign_svc.webhooks.models import WebhookEndpoint
from shared.database import Tx
from shared.database.tables import KERNEL
from shared.ids import new_id


def all_decisions(session: Session) -> list[Decision]:
    return list(session.exec(select(Decision).order_by(Decision.id)))


def all_actions(session: Session) -> list[Action]:
    return list(session.exec(select(Action).order_by(Action.id)))


def all_due(session: Session) -> list[Any]:
    return list(session.execute(KERNEL.due_work.select().order_by(KERNEL.due_work.c.key)))


def known_facts(session: Session) -> dict[str, LeadFacts]:
    return {lead.contact_id: lead for lead in session.exec(select(LeadFacts))}


def edit(tx: Tx, name: str, changes: dict[str, Any]) -> None:
    """The journey of this name, changed as a person would."""
    journey = tx.session.exec(select(Journey).where(Journey.name == name)).one()
    newest = (col(JourneyVersion.journey_id) == journey.id, col(JourneyVersion.version) == journey.version)
    before = tx.session.exec(select(JourneyVersion.definition).where(*newest)).one()
    catalog.change(tx, journey.id, JourneyChange.model_validate({**before, **changes}), journey.version)


def a_receiver(tx: Tx, name: str) -> None:
    """A webhook endpoint that journeys may name."""
    tx.session.add(
        WebhookEndpoint(
            id=new_id("whk"),
            name=name,
            url="https://crm.example/hooks",
            on=True,
            secret=b"sealed",
            created_at=tx.now,
            created_by=tx.by.subject,
            updated_at=tx.now,
        )
    )
    tx.session.flush()
