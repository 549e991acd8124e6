"""Leads from the topic `inbound-leads`: the same checks, the same person, the same facts as `POST /v1/leads`."""

from collections.abc import Sequence

from services.customer_svc.contacts.capture import Captured, capture
from services.customer_svc.contacts.identity import identifiers
from services.customer_svc.contacts.intake import take_in
from services.customer_svc.contacts.leads import LeadIn
from services.customer_svc.contacts.resolving import Arrival, Contradiction
from services.customer_svc.contacts.sealing import SealedPerson
from shared.contracts.inbound import LeadSubmitted
from shared.database import Tx
from shared.events.intake import Enter, Intake, Refused, Submitted
from shared.principal import Principal
from shared.runtime import Runtime
from shared.vault import Vault


async def take_leads(runtime: Runtime, submitted: Sequence[Submitted], enter: Enter) -> None:
    """All of them in one unit of work. One that contradicts itself is refused, so its batch is tried one by one."""
    assert runtime.vault is not None  # noqa: S101 - customer_svc has one

    def captured_once(
        tx: Tx, people: Sequence[SealedPerson], contradictions: Sequence[Contradiction]
    ) -> list[Captured]:
        _refuse(contradictions)
        enter(tx)
        return capture(tx, people, contradictions)

    arrivals = [_arrival(place, lead, runtime.vault) for place, lead in enumerate(submitted)]
    by = Principal.service(runtime.name)
    results = await take_in(runtime.db, runtime.vault, arrivals, by=by, unit=captured_once)
    _refuse([Contradiction(one.index, list(one.contradicting)) for one in results if one.contradicting])


def _arrival(place: int, submitted: Submitted, vault: Vault) -> Arrival:
    lead: LeadIn = submitted.data
    if lead.occurred_at is None:
        lead = lead.model_copy(update={"occurred_at": submitted.when()})
    return Arrival(place, lead, submitted.received, identifiers(lead, vault.lookup))


def _refuse(contradictions: Sequence[Contradiction]) -> None:
    for one in contradictions:
        raise Refused(f"{' and '.join(one.fields)} belong to different people: send the lead without the wrong one")


INTAKES = [Intake(LeadSubmitted, LeadIn, take_leads)]
