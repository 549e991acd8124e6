"""The end of an approval that nobody decided: due work, planned with it, that only looks at the clock."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from services.campaign_svc.approvals.deciding import expire
from services.campaign_svc.approvals.proposals import EXPIRY
from shared.database import Tx
from shared.due import Begin, Effect, Outcome, Result, Work
from shared.runtime import Runtime


class ExpireApproval:
    """Nothing is done outside: the approval ends in the transaction that settles the work."""

    task = EXPIRY
    repeatable = True
    give_up_after = timedelta(days=30)

    async def act(self, works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        return {work.id: Result(Outcome.DONE) for work in works}

    def settle(self, tx: Tx, work: Work, result: Result) -> None:
        expire(tx, work.key)

    async def close(self) -> None:
        """Nothing is held open."""


def effects(runtime: Runtime) -> list[Effect]:
    return [ExpireApproval()]
