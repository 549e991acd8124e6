"""What contacts keep of others' facts: the newest score."""

from collections.abc import Sequence

from sqlalchemy import bindparam, update

from services.customer_svc.contacts.models import contacts
from shared.contracts.analytics import LeadScored
from shared.database import Tx


def on_lead_scored(tx: Tx, scored: Sequence[LeadScored]) -> None:
    """Keep the newest score of each contact; an older sequence changes nothing. Rows are taken in id order.

    Who asks for what changed is to meet the score too. `version` stays: nobody's edit is overtaken by a score.
    """
    newest = {score.contact_id: score for score in sorted(scored, key=lambda score: score.sequence)}
    newer = (
        update(contacts)
        .where(contacts.c.id == bindparam("_id"), contacts.c.score_sequence < bindparam("_sequence"))
        .values(score_sequence=bindparam("_sequence"), updated_at=tx.now)
    )
    tx.session.execute(newer, [_columns(newest[contact_id]) for contact_id in sorted(newest)])


def _columns(scored: LeadScored) -> dict[str, object]:
    return {
        "_id": scored.contact_id,
        "_sequence": scored.sequence,
        "score": scored.score,
        "fit": scored.fit,
        "engagement": scored.engagement,
        "grade": scored.grade,
        "score_as_of": scored.told_at,
    }


HANDLERS = {LeadScored: on_lead_scored}
