"""The dispatcher: asks for address and permission at the last moment, then hands over, once.

A message is marked as begun right before the mail server could take it. From there on only a clear answer counts;
everything else is *unknown*, for a person to decide, and is never sent again by itself.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
from sqlmodel import Session, col, select

from services.campaign_svc.delivery.letters import Letters
from services.campaign_svc.delivery.mailers import Mailer
from services.campaign_svc.delivery.message import CannotBeWritten
from services.campaign_svc.delivery.models import Action
from services.campaign_svc.delivery.outcomes import settle
from services.campaign_svc.delivery.recipients import NotAnswered, Recipient, recipients
from services.campaign_svc.templates.library import Stored, newest
from shared.backoff import backoff
from shared.contracts.campaign import Cause
from shared.database import Database, Tx
from shared.due import Begin, LeaseLost, Outcome, Result, Work
from shared.telemetry.logs import described, log

AT_ONCE = 8
BEGIN_WITHIN, END_WITHIN = 12.0, 43.0
"""Seconds from the start of a batch. It must end within the 45 s of due work, or what was sent in it would become
unknown; a hand-over that begins at the latest moment takes 6 s to be marked and 25 s to be answered."""
LONGEST_WAIT = 30.0
"""Seconds between two tries while customer_svc is away."""


class NoTimeLeft(Exception):
    """The batch is nearly over: what has not begun, begins in another one."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One e-mail to send, to the contact that its action is about: the claimed work, and what to write."""

    work: Work
    action: Action
    template: Stored | None

    @property
    def purpose(self) -> str:
        return str(self.action.config["purpose"])


class DispatchAction:
    """The effect behind each action that a journey plans: `tx.later("action.dispatch", key=<action id>, cause=...)`."""

    task = "action.dispatch"
    repeatable = False
    give_up_after = timedelta(hours=72)

    def __init__(
        self,
        db: Database,
        customer: httpx.AsyncClient,
        mailer: Mailer,
        letters: Letters,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db, self._customer, self._mailer, self._letters = db, customer, mailer, letters
        self._turns, self._elapsed = asyncio.Semaphore(AT_ONCE), elapsed

    async def act(self, works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        """A task needs nothing from outside: it comes to be when the work is settled."""
        started = self._elapsed()
        errands = await self._db.read(emails_among, works)
        others = {work.id for work in works} - {errand.work.id for errand in errands}
        done = Result(Outcome.DONE, facts={"state": "done"})
        return dict.fromkeys(others, done) | await self._send_all(errands, begin, started)

    def settle(self, tx: Tx, work: Work, result: Result) -> None:
        settle(tx, work, result)

    async def close(self) -> None:
        await self._mailer.close()

    async def _send_all(self, errands: Sequence[Errand], begin: Begin, started: float) -> dict[str, Result]:
        permitted, results = await self._asked(errands)
        in_time = self._at_latest(begin, started + BEGIN_WITHIN)
        sending = [self._send(errand, to, in_time, results) for errand, to in permitted]
        await _ended(sending, within=started + END_WITHIN - self._elapsed())
        return results

    async def _asked(self, errands: Sequence[Errand]) -> tuple[list[tuple[Errand, Recipient]], dict[str, Result]]:
        """Who may be written to, and what is known already about the others: they wait, or are withheld."""
        permitted: list[tuple[Errand, Recipient]] = []
        results: dict[str, Result] = {}
        for purpose, some in _by_purpose(errands).items():
            try:
                known = await recipients(self._customer, purpose, sorted({one.action.about for one in some}))
            except NotAnswered as why:
                results |= {one.work.id: self._wait(one.work, str(why)) for one in some}
                continue
            for one in some:
                to = known.get(one.action.about)
                if because := _withheld_because(to):
                    results[one.work.id] = Result(Outcome.DONE, facts={"state": "withheld", "because": because})
                elif to is not None:
                    permitted.append((one, to))
        return permitted, results

    async def _send(self, errand: Errand, to: Recipient, begin: Begin, results: dict[str, Result]) -> None:
        """Without an entry in `results` the work is tried again; or it is unknown, if it had begun."""
        async with self._turns:
            try:
                mail = self._letters.write(errand.action, errand.template, to, at=self._db.clock())
                results[errand.work.id] = _sent(await self._mailer.send(mail, partial(begin, errand.work)))
            except CannotBeWritten as why:
                results[errand.work.id] = Result(Outcome.REFUSED, str(why))
            except (NoTimeLeft, LeaseLost):
                return

    def _at_latest(self, begin: Begin, latest: float) -> Begin:
        async def in_time(work: Work) -> None:
            if self._elapsed() > latest:
                raise NoTimeLeft
            await begin(work)

        return in_time

    def _wait(self, work: Work, why: str) -> Result:
        pause = backoff(work.attempt, first=0.5, longest=LONGEST_WAIT)
        return Result(Outcome.RETRY, why, again_at=self._db.clock() + timedelta(seconds=pause))


def emails_among(session: Session, works: Sequence[Work]) -> list[Errand]:
    """The e-mails that still wait, with the templates as they are now."""
    by_key = {work.key: work for work in works}
    waiting = (col(Action.id).in_(by_key), col(Action.state) == "waiting", col(Action.kind) == "email")
    actions = session.exec(select(Action).where(*waiting)).all()
    templates = {name: newest(session, name) for name in {action.config["template"] for action in actions}}
    return [Errand(by_key[action.id], action, templates[action.config["template"]]) for action in actions]


def _sent(result: Result) -> Result:
    return replace(result, facts={"state": "sent"}) if result.outcome is Outcome.DONE else result


def _by_purpose(errands: Iterable[Errand]) -> dict[str, list[Errand]]:
    groups: dict[str, list[Errand]] = {}
    for errand in errands:
        groups.setdefault(errand.purpose, []).append(errand)
    return groups


def _withheld_because(to: Recipient | None) -> Cause | None:
    if to is None:  # erased since it was decided
        return "no_address"
    if not to.allowed:
        return to.because or "no_consent"
    return None if to.address else "no_address"


async def _ended(sending: Iterable[Coroutine[Any, Any, None]], *, within: float) -> None:
    """Run all; what is still under way after so many seconds is cut, and the results of the others are kept."""
    running = [asyncio.ensure_future(one) for one in sending]
    if not running:
        return
    try:
        await asyncio.wait(running, timeout=within)
    finally:
        for one in running:
            one.cancel()
        for failure in await asyncio.gather(*running, return_exceptions=True):
            if isinstance(failure, Exception):
                log().warning("sending failed", service="campaign", error=described(failure))
