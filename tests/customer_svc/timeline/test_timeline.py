"""A person's history: what was observed, scored, decided and done, each with its cause, newest first."""

from datetime import UTC, datetime, timedelta

from services.customer_svc.contacts.handlers import on_lead_scored
from services.customer_svc.timeline.handlers import HANDLERS
from shared.contracts.analytics import LeadScored
from shared.contracts.campaign import ActionSent, DecisionMade
from shared.events import Event
from tests.customer_svc.system import Customer

AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def scored(contact_id: str, sequence: int, score: int) -> LeadScored:
    return LeadScored(
        contact_id=contact_id,
        observation_id="obs_01k9q3v7w8e5rtx2m4n6p8q0sb",
        sequence=sequence,
        occurred_at=AT + timedelta(minutes=sequence),
        traceparent=f"00-{TRACE}-00f067aa0ba902b7-01",
        score=score,
        fit=score,
        engagement=0,
        grade="A",
        points_version=1,
        source="website",
    )


def decided(contact_id: str, cause: Event) -> DecisionMade:
    return DecisionMade(
        decision_id="dec_01k9q3v7w8e5rtx2m4n6p8q0sc",
        about=contact_id,
        contact_id=contact_id,
        journey_id="jrn_01k9q3v7w8e5rtx2m4n6p8q0sd",
        journey_name="Welcome",
        journey_version=1,
        occasion="obs_01k9q3v7w8e5rtx2m4n6p8q0sb",
        observation_id="obs_01k9q3v7w8e5rtx2m4n6p8q0sb",
        acted=True,
        sequence=1,
        occurred_at=AT + timedelta(hours=1),
        cause=cause.id,
    )


async def handled(customer: Customer, *facts: Event) -> None:
    for fact in facts:
        await customer.handle(HANDLERS[type(fact)], [fact])


async def test_the_timeline_shows_all_of_it_newest_first_with_cause_and_trace(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com", occurred_at="2026-01-31T09:00:00Z")
    score = scored(ada, 1, 70)
    decision = decided(ada, score)
    await handled(customer, decision, score)
    shown = await customer.timeline(ada)
    assert [entry["kind"] for entry in shown] == ["decision.made", "lead.scored", "lead.captured"]
    assert [entry["id"] for entry in shown[:2]] == [decision.id, score.id]
    assert shown[0]["cause"] == score.id
    assert (shown[1]["trace_id"], shown[1]["occurred_at"]) == (TRACE, "2026-01-31T09:31:00Z")
    assert shown[1]["data"]["score"] == 70
    assert shown[2]["data"]["source"] == "website" and len(shown[2]["trace_id"]) == 32


async def test_a_fact_told_twice_stands_once(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com")
    score = scored(ada, 1, 70)
    await handled(customer, score, score)
    assert [entry["kind"] for entry in await customer.timeline(ada)].count("lead.scored") == 1


async def test_own_edits_and_consent_are_on_it(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com")
    path = f"/v1/contacts/{ada}"
    await customer.client.patch(path, json={"stage": "mql"}, headers={"If-Match": '"1"'})
    consent = {"purpose": "marketing", "channel": "email", "granted": True, "source": "call"}
    await customer.client.put(f"{path}/consent", json=consent, headers={"If-Match": '"2"'})
    kinds = [entry["kind"] for entry in await customer.timeline(ada)]
    assert kinds == ["consent.changed", "contact.changed", "lead.captured"]


async def test_pages_of_the_timeline_hold_each_entry_once(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com")
    await customer.batch([{"source": "x", "email": "ada@example.com", "occurred_at": "2026-01-01T00:00:00Z"}] * 6)
    await handled(customer, *(scored(ada, n, n) for n in range(1, 6)))
    seen: list[tuple[str, str]] = []
    cursor: dict[str, str] | None = {}
    while cursor is not None:
        page = (await customer.client.get(f"/v1/contacts/{ada}/timeline", params={"limit": "4", **cursor})).json()
        seen += [(entry["occurred_at"], entry["id"]) for entry in page["items"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert len(seen) == len(set(seen)) == 12
    assert seen == sorted(seen, reverse=True)


async def test_the_newest_score_is_kept_whatever_comes_later(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com")
    bob = await customer.captured(email="bob@example.com")
    await customer.handle(on_lead_scored, [scored(bob, 1, 20), scored(ada, 3, 75), scored(ada, 2, 40)])
    await customer.handle(on_lead_scored, [scored(ada, 1, 10)])
    contact = await customer.contact(ada)
    shown = [contact[field] for field in ("score", "fit", "engagement", "grade", "score_as_of", "version")]
    assert shown == [75, 75, 0, "A", "2026-01-31T09:33:00Z", 1]
    assert (await customer.contact(bob))["score"] == 20


async def test_a_score_for_somebody_unknown_changes_nothing(customer: Customer) -> None:
    await customer.handle(on_lead_scored, [scored("con_01k9q3v7w8e5rtx2m4n6p8q0sa", 1, 10)])
    assert (await customer.counts())["contacts"] == 0


async def test_a_sent_action_is_shown(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com")
    sent = ActionSent(
        action_id="act_01k9q3v7w8e5rtx2m4n6p8q0se",
        about=ada,
        contact_id=ada,
        journey_id="jrn_01k9q3v7w8e5rtx2m4n6p8q0sd",
        decision_id="dec_01k9q3v7w8e5rtx2m4n6p8q0sc",
        kind="email",
        name="welcome",
        sequence=1,
        occurred_at=datetime(2099, 1, 1, tzinfo=UTC),
    )
    await handled(customer, sent)
    newest = (await customer.timeline(ada))[0]
    assert (newest["kind"], newest["data"]["name"]) == ("action.sent", "welcome")


async def test_what_is_about_nobody_is_on_no_timeline(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com", occurred_at="2026-01-31T09:00:00Z")
    decision = decided(ada, scored(ada, 1, 70))
    about_an_alarm = DecisionMade.model_validate(
        decision.model_dump(exclude={"id", "contact_id", "observation_id"})
        | {"about": "search/brand", "occasion": "ano_01k9q3v7w8e5rtx2m4n6p8q0sn"}
    )
    await customer.handle(HANDLERS[DecisionMade], [about_an_alarm, decision])
    shown = await customer.timeline(ada)
    assert [entry["kind"] for entry in shown] == ["decision.made", "lead.captured"]
    assert shown[0]["data"]["observation_id"] == decision.observation_id
    assert not {"about", "contact_id", "occasion"} & set(shown[0]["data"])
