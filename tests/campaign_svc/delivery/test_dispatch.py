"""What becomes of a planned action: once, with the cause, and never a second message."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.campaign_svc.delivery import dispatch
from services.campaign_svc.delivery.dispatch import AT_ONCE
from shared.contracts.analytics import LeadScored
from shared.contracts.campaign import ActionDone, ActionFailed, ActionSent, ActionUnknown, ActionWithheld
from shared.ids import new_id
from tests.campaign_svc.delivery.customer import CONSENTING
from tests.campaign_svc.delivery.world import EMAIL, TASK, World
from tests.eventually import until
from tests.real.smtp import CLOSE

ADA = "ada@example.org"
SCORED = {"score": 75, "fit": 60, "engagement": 15, "grade": "A", "points_version": 1, "source": "web", "sequence": 1}


async def test_an_email_is_sent_once_and_says_so(world: World) -> None:
    action = await world.email()
    await world.work()
    await world.work_later()
    (mail,) = world.mails.accepted
    assert (mail.recipients, mail.action_id) == ((ADA,), action)
    assert await world.state(action) == ("sent", None)
    (fact,) = await world.facts()
    assert isinstance(fact, ActionSent)
    assert (fact.action_id, fact.sequence, fact.kind) == (action, 2, "email")


async def test_the_mail_is_the_template_with_the_contact_as_it_is_now(world: World) -> None:
    await world.email()
    await world.work()
    mail = world.mails.accepted[0].mail
    assert (mail["Subject"], mail["To"]) == ("Welcome, Ada", "Ada Lovelace <ada@example.org>")
    assert (mail["From"], mail["Reply-To"]) == ("Rainmaker <sales@example.com>", "rep@example.com")
    body = mail.get_body(("plain",))
    assert body is not None and body.get_content().startswith("Hello Ada,")


async def test_what_is_for_marketing_says_how_to_object_and_other_mail_has_no_such_header(world: World) -> None:
    await world.email()
    await world.email("bob@example.org", purpose="service")
    await world.work()
    headers = {one.recipients[0]: one.mail["List-Unsubscribe"] for one in world.mails.accepted}
    assert headers == {ADA: "<mailto:rep@example.com?subject=unsubscribe>", "bob@example.org": None}
    assert b"unsubscribe" in world.mails.accepted[0].mail.as_bytes().partition(b"\n\n")[2]


async def test_permission_is_asked_in_one_request_for_a_batch_with_our_own_token(world: World) -> None:
    await world.emails(*(f"p{number}@example.org" for number in range(20)))
    await world.work()
    (asked,) = world.customer.asked
    assert (asked.purpose, len(asked.contact_ids)) == ("marketing", 20)
    assert world.runtime.tokens.verify(world.customer.callers[0].removeprefix("Bearer ")).subject == "service:campaign"


@pytest.mark.parametrize("because", ["no_consent", "no_address", "suppressed"])
async def test_what_is_not_permitted_is_withheld_with_the_cause(world: World, because: str) -> None:
    contact = new_id("con")
    world.customer.contacts[contact] = CONSENTING | {"allowed": False, "because": because, "address": None}
    action = await world.plan("email", contact, EMAIL)
    await world.work()
    assert await world.state(action) == ("withheld", because)
    (fact,) = await world.facts()
    assert isinstance(fact, ActionWithheld) and fact.because == because
    assert world.mails.accepted == []


async def test_a_contact_that_is_gone_has_no_address(world: World) -> None:
    action = await world.plan("email", new_id("con"), EMAIL)
    await world.work()
    assert await world.state(action) == ("withheld", "no_address")


async def test_while_customer_svc_is_down_it_waits_and_then_it_is_sent(world: World) -> None:
    action = await world.email()
    await world.customer.stop()
    await world.work()
    assert await world.state(action) == ("waiting", None)
    assert "customer_svc cannot be reached" in await world.due_detail()
    await world.customer.start()
    await world.work_later()
    assert await world.state(action) == ("sent", None)


@pytest.mark.parametrize("status", [403, 429, 500, 503])
async def test_an_answer_that_is_none_makes_it_wait(world: World, status: int) -> None:
    action = await world.email()
    world.customer.status = status
    await world.work()
    assert await world.state(action) == ("waiting", None)
    assert str(status) in await world.due_detail()


async def test_a_refusal_for_good_is_failed_without_the_address(world: World) -> None:
    world.mails.faults.rcpt[ADA] = ["550 5.1.1 nobody is called ada@example.org"]
    action = await world.email()
    await world.work()
    assert await world.state(action) == ("failed", None)
    (fact,) = await world.facts()
    assert isinstance(fact, ActionFailed) and fact.reason == "refused with 550 5.1.1"


async def test_a_temporary_refusal_is_tried_again(world: World) -> None:
    world.mails.faults.rcpt[ADA] = ["450 4.2.0 greylisted"]
    action = await world.email()
    await world.work()
    assert await world.state(action) == ("waiting", None)
    await world.work_later()
    assert await world.state(action) == ("sent", None)
    assert len(world.mails.accepted) == 1


async def test_a_connection_cut_after_data_is_unknown_and_never_sent_again(world: World) -> None:
    world.mails.faults.data[ADA] = [CLOSE]
    action = await world.email()
    await world.work()
    for _ in range(3):
        await world.work_later()
    assert await world.state(action) == ("unknown", None)
    assert len(world.mails.accepted) == 1
    (fact,) = await world.facts()
    assert isinstance(fact, ActionUnknown)


async def test_one_bad_mail_does_not_hold_up_the_others(world: World) -> None:
    world.mails.faults.rcpt["bad@example.org"] = ["550 5.1.1 no"]
    bad = await world.email("bad@example.org")
    odd = await world.email("two@example.org, three@example.org")
    good = await world.emails(*(f"p{number}@example.org" for number in range(10)))
    await world.work()
    assert [(await world.state(one))[0] for one in (bad, odd, *good)] == ["failed", "failed"] + ["sent"] * 10


async def test_a_template_that_is_not_there_fails_with_a_reason(world: World) -> None:
    action = await world.email(template="gone")
    await world.work()
    assert await world.state(action) == ("failed", None)


async def test_a_name_cannot_add_a_header(world: World) -> None:
    contact = new_id("con")
    world.customer.contacts[contact] = CONSENTING | {"name": "Ada\r\nBcc: eve@example.net", "first_name": "A\nBcc: x@y"}
    await world.plan("email", contact, EMAIL)
    await world.work()
    (mail,) = world.mails.accepted
    assert (mail.recipients, mail.mail["Bcc"]) == ((ADA,), None)


async def test_a_task_stands_in_the_list_when_its_action_is_done(world: World) -> None:
    contact = new_id("con")
    action = await world.plan("task", contact, TASK)
    await world.work()
    assert await world.state(action) == ("done", None)
    (fact,) = await world.facts()
    assert isinstance(fact, ActionDone)
    async with world.client() as client:
        (task,) = (await client.get("/v1/tasks", params={"contact": contact})).json()["items"]
    assert (task["title"], task["assignee"], task["action_id"]) == ("Call within the hour", "sales", action)


async def test_a_fact_carries_what_led_to_it(world: World) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    about = {"contact_id": new_id("con"), "observation_id": new_id("obs"), "occurred_at": world.clock()}
    lead = LeadScored.model_validate(SCORED | about | {"depth": 1, "traceparent": trace})
    action = await world.plan("task", lead.contact_id, TASK, cause=lead)
    await world.work()
    (fact,) = await world.facts()
    assert (fact.cause, fact.depth, fact.traceparent) == (lead.id, 2, trace)
    assert fact.subject == action


async def test_the_local_mailbox_holds_what_was_sent(world: World, tmp_path: Path) -> None:
    settings = world.runtime.settings.model_copy(update={"smtp_url": f"file://{tmp_path}/mailbox"})
    world.serve(replace(world.runtime, settings=settings))
    contact = new_id("con")
    world.customer.contacts[contact] = CONSENTING | {"name": "Žofia Łącka-Müller, 王", "first_name": "Žofia"}
    action = await world.plan("email", contact, EMAIL)
    await world.work()
    (path,) = (tmp_path / "mailbox").iterdir()
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert path.name == f"{action}.eml"
    assert (mail["To"].addresses[0].display_name, mail["Subject"]) == ("Žofia Łącka-Müller, 王", "Welcome, Žofia")
    assert (await world.state(action), world.mails.accepted) == (("sent", None), [])


async def test_a_slow_server_leaves_the_late_ones_waiting_and_takes_nothing_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer comes before the server holds as many mails as may be under way; by then the time to begin is over."""
    world.mails.faults.together = asyncio.Barrier(AT_ONCE)
    slow = lambda: dispatch.BEGIN_WITHIN + 1 if len(world.mails.accepted) == AT_ONCE else 0.0  # noqa: E731
    monkeypatch.setattr(world.effect, "_elapsed", slow)
    actions = await world.emails(*(f"p{number}@example.org" for number in range(AT_ONCE + 2)))
    await world.work()
    assert await states(world, actions) == {"sent": AT_ONCE, "waiting": 2}
    world.mails.faults.together = None
    await world.work_later()
    assert await states(world, actions) == {"sent": AT_ONCE + 2}


async def test_what_is_under_way_when_the_batch_must_end_is_unknown_and_alone_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wait(running: Sequence[asyncio.Future[None]], **_: float) -> None:
        await until(lambda: any(one.done() for one in running))  # and then the time is over

    monkeypatch.setattr(dispatch, "asyncio", SimpleNamespace(**vars(asyncio) | {"wait": wait}))
    slow, quick = await world.email("slow@example.org"), await world.email("quick@example.org")
    world.mails.faults.slow["slow@example.org"] = 600.0
    await world.work()
    await world.work_later()
    assert await states(world, [slow]) == {"unknown": 1}
    assert await states(world, [quick]) == {"sent": 1}


async def states(world: World, actions: Sequence[str]) -> Counter[str]:
    return Counter([(await world.state(action))[0] for action in actions])


async def test_every_read_adds_up_while_two_hundred_are_sent(world: World) -> None:
    await world.emails(*(f"p{number}@example.org" for number in range(200)))
    sums: list[dict[str, Any]] = []
    async with world.client() as client:

        async def watch() -> None:
            while not sums or sums[-1]["waiting"]:
                sums.append((await client.get("/v1/actions/summary", params={"journey": world.journey})).json())

        async with asyncio.timeout(240), asyncio.TaskGroup() as group:
            group.create_task(watch())
            while await world.work():
                pass
    for read in sums:
        states = ("waiting", "sent", "done", "withheld", "failed", "unknown")
        assert read["planned"] == 200 == sum(read[state] for state in states)
    assert sums[-1]["sent"] == 200 == len({mail.action_id for mail in world.mails.accepted})
    assert len(world.mails.accepted) == 200
