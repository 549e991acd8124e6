"""The effect that delivers webhooks: at least once, under one id, and no receiver in another's way.

A batch is waited for `PATIENCE` long. What has not begun by then goes back to wait; what is under way ends by itself,
is noted in the log, and whoever takes the work next finds it there. So a batch returns soon, whatever is in it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.campaign_svc.delivery import outcomes
from services.campaign_svc.webhooks import deliveries, messages
from services.campaign_svc.webhooks.metrics import receivers_failing
from services.campaign_svc.webhooks.models import WebhookEndpoint
from services.campaign_svc.webhooks.receivers import Receiver
from services.campaign_svc.webhooks.sending import SECONDS, Sender
from services.campaign_svc.webhooks.standing import SENT, Errand, Standing, as_result, todo_about
from shared.database import Database, Tx
from shared.due import Begin, Outcome, Result, Work
from shared.principal import Principal
from shared.telemetry.logs import described, log

PATIENCE = 1.0
"""Seconds that a batch waits for its receivers."""
ALONE = timedelta(seconds=SECONDS + 5.0)
"""As long nobody takes up what is under way elsewhere: by then its outcome is in the log, or its process has ended."""


@dataclass(eq=False)
class Sending:
    """One message between its place in the queue and its answer."""

    errand: Errand
    endpoint: WebhookEndpoint
    receiver: Receiver
    begun: bool = False


class DeliverWebhook:
    """The effect behind each planned webhook: `tx.later("webhook.deliver", key=<action id>, cause=...)`."""

    task = deliveries.TASK
    repeatable = True
    give_up_after = timedelta(days=30)
    """We give up by ourselves, a day after the first contact; this is for a worker that was away."""

    def __init__(self, db: Database, sender: Sender) -> None:
        self._db, self._sender, self._by = db, sender, Principal.service(db.service)
        self._receivers = defaultdict[tuple[str, str], Receiver](Receiver)
        self._running = dict[str, asyncio.Task[Standing | None]]()

    async def act(self, works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        found = await self._db.read(deliveries.errands, works)
        results = dict.fromkeys({work.id for work in works} - {one.work.id for one in found}, SENT)
        now, ready = self._db.clock(), list[Sending]()
        for errand in found:
            todo = self._under_way(errand) or todo_about(errand, now)
            if isinstance(todo, Result):
                results[errand.work.id] = todo
            else:
                ready.append(Sending(errand, todo, self._receivers[todo.id, todo.url]))
        await self._enter(ready)
        return results | await self._send_all(ready, now)

    def settle(self, tx: Tx, work: Work, result: Result) -> None:
        deliveries.end(tx, work.key, result)
        outcomes.settle(tx, work, result)

    async def close(self) -> None:
        """What is under way is cut: nothing is noted of it, so it is sent again, under the same id."""
        cut = list(self._running.values())
        for task in cut:
            task.cancel()
        await asyncio.gather(*cut, return_exceptions=True)
        await self._sender.close()

    async def _enter(self, ready: Sequence[Sending]) -> None:
        new = [(one.errand.action.id, one.endpoint.id, one.endpoint.name) for one in ready if not one.errand.delivery]
        if new:
            await self._db.write(deliveries.begin, new, by=self._by, lane="due")

    async def _send_all(self, ready: Sequence[Sending], now: datetime) -> dict[str, Result]:
        running, results = dict[asyncio.Task[Standing | None], Sending](), dict[str, Result]()
        for one in ready:
            if one.receiver.room(now, PATIENCE) > 0:
                running[self._started(one)] = one
            else:
                results[one.errand.work.id] = self._put_off(one)
        if running:
            await asyncio.wait(running, timeout=PATIENCE)
        ended = {one.errand.work.id: self._result(task, one) for task, one in running.items()}
        return results | {work_id: result for work_id, result in ended.items() if result}

    def _started(self, one: Sending) -> "asyncio.Task[Standing | None]":
        action_id, task = one.errand.action.id, asyncio.create_task(self._deliver(one), name="webhook")
        self._running[action_id] = task
        one.receiver.expected += 1

        def ended(_: object) -> None:  # a task that is cut before its first step would not get to a `finally`
            one.receiver.expected -= 1
            del self._running[action_id]
            self._db.work_planned.set()
            if not task.cancelled() and (error := task.exception()):
                log().warning("webhook was not noted", service=self._db.service, error=described(error))

        task.add_done_callback(ended)
        return task

    async def _deliver(self, one: Sending) -> Standing | None:
        """None where its turn came after others had found out that the receiver needs a rest."""
        action, endpoint, receiver = one.errand.action, one.endpoint, one.receiver
        async with receiver.turns:
            if receiver.rests(self._db.clock()):
                return None
            one.begun = True
            with receiver.contact():
                answered = await self._sender.send(endpoint, action.id, messages.of_action(action))
            receiver.heard(answered.well, self._db.clock(), answered.retry_after)
            receivers_failing.labels("campaign").set(sum(one.failing for one in self._receivers.values()))
        return await self._db.write(deliveries.note, action.id, endpoint, answered, by=self._by, lane="due")

    def _result(self, task: "asyncio.Task[Standing | None]", one: Sending) -> Result | None:
        """What is under way goes on without the batch. None where it failed on our side: the kernel tries it again."""
        if not task.done() and one.begun:
            return self._under_way(one.errand)
        if not task.done():
            task.cancel()
            return self._put_off(one)
        if task.exception():
            return None
        standing = task.result()
        return as_result(standing) if standing else self._put_off(one)

    def _under_way(self, errand: Errand) -> Result | None:
        if errand.action.id not in self._running:
            return None
        return Result(Outcome.RETRY, "It is under way.", again_at=self._db.clock() + ALONE)

    def _put_off(self, one: Sending) -> Result:
        """Back without a try."""
        now, receiver = self._db.clock(), one.receiver
        why = "The receiver rests after failures." if receiver.rests(now) else "The receiver is busy."
        return Result(Outcome.RETRY, why, again_at=receiver.next_turn(now))
