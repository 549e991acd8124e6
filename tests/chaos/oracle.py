"""The oracle: pure checks of what is shown against what was promised; each says what is wrong, in sentences.

Those about people are here, those about companies and ads in `figures`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tests.chaos import figures
from tests.chaos.ledger import Ledger
from tests.chaos.once import SHOW_AT_MOST, Check, once
from tests.chaos.people import EXPECTED, KINDS
from tests.chaos.shown import Item, Shown


def everything_was_answered(ledger: Ledger, shown: Shown) -> Iterator[str]:
    if ledger.asked != ledger.answered:
        yield f"answers: {ledger.asked} rows were sent, {ledger.answered} were promised"
    yield from ledger.surprises[:SHOW_AT_MOST]


def each_person_is_one_contact(ledger: Ledger, shown: Shown) -> Iterator[str]:
    pairs = {(one.person.name, one.contact_id) for one in ledger.promises}
    yield from once("people", {name for name, _ in pairs}, (name for name, _ in pairs))
    yield from once("contacts", ledger.people(), (contact["id"] for contact in shown.contacts))


def each_promise_is_one_observation(ledger: Ledger, shown: Shown) -> Iterator[str]:
    promised = [promise.observation_id for promise in ledger.promises]
    yield from once("observations on timelines", promised, _told(shown, "lead.captured", "observation_id"))
    counts = {contact: len(observations) for contact, observations in ledger.observations().items()}
    for name in ("observations", "version"):
        yield from once(f"contacts by {name}", counts.items(), ((one["id"], one[name]) for one in shown.contacts))


def each_observation_has_one_score(ledger: Ledger, shown: Shown) -> Iterator[str]:
    promised = [promise.observation_id for promise in ledger.promises]
    yield from once("scores on timelines", promised, _told(shown, "lead.scored", "observation_id"))
    counted = [(contact, len(found)) for contact, found in ledger.observations().items()]
    yield from once("scores", counted, ((one["contact_id"], one["version"]) for one in shown.scores))
    graded = [(contact, person.grade) for contact, person in ledger.people().items()]
    yield from once("grades", graded, ((one["id"], one["grade"]) for one in shown.contacts))


def each_journey_decides_once_about_each_observation(ledger: Ledger, shown: Shown) -> Iterator[str]:
    expected = [(journey, promise.observation_id) for journey in EXPECTED for promise in ledger.promises]
    made = [(one["journey_name"], one["observation_id"]) for one in shown.decisions]
    yield from once("decisions", expected, made)
    told = [(entry["journey_name"], entry["observation_id"]) for entry in _entries(shown, "decision.made")]
    yield from once("decisions on timelines", expected, told)
    acted = [(one["journey_name"], one["contact_id"]) for one in shown.decisions if one["acted"]]
    yield from once("decisions to act", _matches(ledger), acted)


def each_match_is_one_action(ledger: Ledger, shown: Shown) -> Iterator[str]:
    names = {journey["id"]: journey["name"] for journey in shown.journeys}
    actions = [(names[one["journey_id"]], one["contact_id"]) for one in shown.actions]
    yield from once("actions", _matches(ledger), actions)
    ends = [(one["id"], one["state"]) for one in shown.actions]
    told = [
        (entry["data"]["action_id"], entry["kind"].removeprefix("action."))
        for entries in shown.timelines.values()
        for entry in entries
        if entry["kind"].startswith("action.")
    ]
    yield from once("ends of actions on timelines", ends, told)
    done = [one["id"] for one in shown.actions if one["state"] == "done"]
    yield from once("tasks", done, (task["action_id"] for task in shown.tasks))


def each_action_ends_as_it_must(ledger: Ledger, shown: Shown) -> Iterator[str]:
    people, names = ledger.people(), {journey["id"]: journey["name"] for journey in shown.journeys}
    for one in shown.actions:
        person = people.get(one["contact_id"])
        may = {"done"} if KINDS[names[one["journey_id"]]] == "task" else {"withheld"}
        if person and person.consent and may == {"withheld"}:
            may = {"sent", "unknown"}
        if one["state"] not in may:
            yield f"action {one['id']} is {one['state']} and must be {' or '.join(sorted(may))}"


def no_mail_is_sent_twice(ledger: Ledger, shown: Shown) -> Iterator[str]:
    by_action = Counter(mail["X-Rainmaker-Action"] for mail in shown.mails)
    yield from once("mails by action", set(by_action), by_action.elements())
    addresses = [recipient for mail in shown.mails for recipient in _recipients(mail)]
    yield from once("mails by address", set(addresses), addresses)
    states = {one["id"]: one["state"] for one in shown.actions}
    sent = {action for action, state in states.items() if state == "sent"}
    if lost := sent - set(by_action):
        yield f"mails: {len(lost)} are shown as sent and the server never took them, such as {min(lost)}"
    if wrong := {action for action in by_action if states.get(action) not in ("sent", "unknown")}:
        yield f"mails: {len(wrong)} were taken and are not shown as sent or unknown, such as {min(wrong)}"


def mails_go_to_whom_they_are_meant_for(ledger: Ledger, shown: Shown) -> Iterator[str]:
    people = ledger.people()
    whose = {one["id"]: people[one["contact_id"]].address for one in shown.actions if one["contact_id"] in people}
    for mail in shown.mails:
        if _recipients(mail) != [whose.get(mail["X-Rainmaker-Action"])]:
            yield f"mail of {mail['X-Rainmaker-Action']} went to somebody else"


def the_sums_add_up(ledger: Ledger, shown: Shown) -> Iterator[str]:
    states = Counter(one["state"] for one in shown.actions)
    parts = {name: shown.summary[name] for name in ("waiting", "sent", "done", "withheld", "failed", "unknown")}
    if shown.summary["planned"] != sum(parts.values()) or shown.summary["planned"] != len(shown.actions):
        yield f"summary: planned {shown.summary['planned']}, {parts}, and {len(shown.actions)} actions are listed"
    if +Counter(parts) != states:
        yield f"summary: {parts}, and the list says {dict(states)}"


def nothing_was_set_aside(ledger: Ledger, shown: Shown) -> Iterator[str]:
    for letter in shown.dead_letters[:SHOW_AT_MOST]:
        yield f"dead letter: {letter['event_type']} at {letter['where']}: {letter['reason']}"


CHECKS: tuple[Check, ...] = (
    everything_was_answered,
    each_person_is_one_contact,
    each_promise_is_one_observation,
    each_observation_has_one_score,
    each_journey_decides_once_about_each_observation,
    each_match_is_one_action,
    each_action_ends_as_it_must,
    no_mail_is_sent_twice,
    mails_go_to_whom_they_are_meant_for,
    the_sums_add_up,
    nothing_was_set_aside,
    *figures.CHECKS,
)


def verdict(ledger: Ledger, shown: Shown) -> dict[str, list[str]]:
    """What is wrong, by check; empty when every promise was kept."""
    found = {check.__name__: list(check(ledger, shown)) for check in CHECKS}
    return {name: faults[:SHOW_AT_MOST] for name, faults in found.items() if faults}


def too_many_unknown(shown: Shown, bound: int) -> list[str]:
    """Unclear may be only what was under way when the sender or the server was killed."""
    unknown = sum(one["state"] == "unknown" for one in shown.actions)
    return [f"{unknown} actions are unknown, and at most {bound} were under way"] if unknown > bound else []


def _recipients(mail: Item) -> list[str]:
    """A person keeps the spelling of their first lead, so the case of a mailbox's name may be any."""
    return [recipient.lower() for recipient in mail["recipients"]]


def _matches(ledger: Ledger) -> Iterator[tuple[str, str]]:
    for contact, person in ledger.people().items():
        for journey, grades in EXPECTED.items():
            if person.grade in grades:
                yield journey, contact


def _entries(shown: Shown, kind: str) -> Iterator[Mapping[str, Any]]:
    for entries in shown.timelines.values():
        yield from (entry["data"] for entry in entries if entry["kind"] == kind)


def _told(shown: Shown, kind: str, name: str) -> Iterator[str]:
    return (data[name] for data in _entries(shown, kind))
