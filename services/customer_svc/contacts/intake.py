"""From cleaned leads to what became of them: look up, seal, write, and once more for whom somebody else was quicker.

Looking up and sealing stand before the transaction, which stays short, and finds out if they no longer hold.
"""

from collections.abc import Callable, Sequence

from services.customer_svc.contacts.capture import Captured, Reseal, capture, refused
from services.customer_svc.contacts.people import find
from services.customer_svc.contacts.resolving import Arrival, Contradiction, lookups_of, resolve
from services.customer_svc.contacts.sealing import SealedPerson, seal
from shared.database import Database, Once, Tx
from shared.principal import Principal
from shared.problems import unavailable
from shared.vault import Vault

TRIES = 12
"""Who is beaten lost to somebody who filled a field or brought an identifier, and of these a lead has seven."""

Capture = Callable[[Tx, Sequence[SealedPerson], Sequence[Contradiction]], list[Captured]]


async def take_in(
    db: Database,
    vault: Vault,
    arrivals: Sequence[Arrival],
    *,
    by: Principal,
    once: Once | None = None,
    unit: Capture = capture,
) -> list[Captured]:
    """What became of each lead, in their order. All of it is durable, or a Problem is raised and nothing is stored.

    `unit` is the unit of work, for who has more to say in it.
    """
    lookups = lookups_of(arrivals)
    for _ in range(TRIES):
        people, contradictions = resolve(arrivals, await db.read(find, lookups))
        if not people:
            # Not written, so that no key is used up: once the cause is mended, the same request succeeds.
            return refused(contradictions)
        sealed = await seal(vault, people)
        try:
            return await db.write(unit, sealed, contradictions, by=by, lane=_lane(arrivals), once=once)
        except Reseal:
            continue
    raise unavailable("Others are changing the same people; nothing was stored.", slug="busy")


def _lane(arrivals: Sequence[Arrival]) -> str:
    """Leads about one person queue behind each other, and not one transaction behind another's locks."""
    return next(iter(arrivals[0].identifiers.values()), "") if len(arrivals) == 1 else ""
