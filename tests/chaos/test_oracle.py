"""The oracle sees: what was kept is green, and each thing lost, doubled or made up turns its check red."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos import figures, oracle
from tests.chaos.kept import kept
from tests.chaos.ledger import Ledger
from tests.chaos.once import Check
from tests.chaos.shown import Shown

Change = Callable[[Ledger, Shown], tuple[Ledger, Shown]]


def test_a_history_in_which_every_promise_was_kept_is_green() -> None:
    assert oracle.verdict(*kept()) == {}


def with_part(shown: Shown, part: str, said: Any) -> Shown:
    return replace(shown, **{part: said})


def lost(part: str) -> Change:
    return lambda ledger, shown: (ledger, with_part(shown, part, getattr(shown, part)[1:]))


def doubled(part: str) -> Change:
    return lambda ledger, shown: (ledger, with_part(shown, part, [*getattr(shown, part), getattr(shown, part)[0]]))


def untold(kind: str) -> Change:
    """An entry that is not on the timeline."""

    def change(ledger: Ledger, shown: Shown) -> tuple[Ledger, Shown]:
        [of, index] = _first(shown, kind)
        shown.timelines[of].pop(index)
        return ledger, shown

    return change


def told_twice(kind: str) -> Change:
    def change(ledger: Ledger, shown: Shown) -> tuple[Ledger, Shown]:
        [of, index] = _first(shown, kind)
        shown.timelines[of].append(shown.timelines[of][index])
        return ledger, shown

    return change


def altered(part: str, **values: object) -> Change:
    """The first of a list says something else."""

    def change(ledger: Ledger, shown: Shown) -> tuple[Ledger, Shown]:
        first, *others = getattr(shown, part)
        return ledger, with_part(shown, part, [{**first, **values}, *others])

    return change


def _first(shown: Shown, kind: str) -> tuple[str, int]:
    return next((of, n) for of, some in shown.timelines.items() for n, one in enumerate(some) if one["kind"] == kind)


CASES: dict[Check, list[Change]] = {
    oracle.everything_was_answered: [
        lambda ledger, shown: (replace(ledger, asked=ledger.asked + 1), shown),
        lambda ledger, shown: (replace(ledger, surprises=("500",)), shown),
    ],
    oracle.each_person_is_one_contact: [
        lost("contacts"),
        doubled("contacts"),
        altered("contacts", id="con_nobody"),
        lambda ledger, shown: (
            replace(ledger, promises=(replace(ledger.promises[0], contact_id="con_2"), *ledger.promises[1:])),
            shown,
        ),
    ],
    oracle.each_promise_is_one_observation: [
        untold("lead.captured"),
        told_twice("lead.captured"),
        altered("contacts", observations=3),
        altered("contacts", version=1),
    ],
    oracle.each_observation_has_one_score: [
        lost("scores"),
        untold("lead.scored"),
        told_twice("lead.scored"),
        altered("scores", version=3),
        altered("contacts", grade=None),
    ],
    oracle.each_journey_decides_once_about_each_observation: [
        lost("decisions"),
        doubled("decisions"),
        untold("decision.made"),
        told_twice("decision.made"),
        altered("decisions", acted=False),
    ],
    oracle.each_match_is_one_action: [
        lost("actions"),
        doubled("actions"),
        untold("action.sent"),
        told_twice("action.withheld"),
        lost("tasks"),
        doubled("tasks"),
    ],
    oracle.each_action_ends_as_it_must: [altered("actions", state="withheld"), altered("actions", state="waiting")],
    oracle.no_mail_is_sent_twice: [doubled("mails"), lost("mails"), altered("actions", state="failed")],
    oracle.mails_go_to_whom_they_are_meant_for: [altered("mails", recipients=["eve@chaos.example"])],
    oracle.the_sums_add_up: [
        lambda ledger, shown: (ledger, replace(shown, summary={**shown.summary, "planned": 99})),
        lambda ledger, shown: (ledger, replace(shown, summary={**shown.summary, "sent": 0, "failed": 2})),
    ],
    oracle.nothing_was_set_aside: [
        lambda ledger, shown: (
            ledger,
            replace(shown, dead_letters=[{"event_type": "lead.scored", "where": "t/0/1", "reason": "KeyError"}]),
        )
    ],
}


@pytest.mark.parametrize(
    ("check", "change"), [(check, change) for check, changes in CASES.items() for change in changes]
)
def test_what_is_lost_doubled_or_made_up_turns_its_check_red(check: Check, change: Change) -> None:
    assert check.__name__ in oracle.verdict(*change(*kept()))


def test_every_check_is_shown_to_turn_red() -> None:
    of_figures = set(figures.CHECKS)  # shown in test_oracle_figures.py
    assert set(CASES) | of_figures == set(oracle.CHECKS)


def test_more_unknown_than_can_have_been_under_way_is_red() -> None:
    _, shown = altered("actions", state="unknown")(*kept())
    assert oracle.too_many_unknown(shown, 1) == []
    assert oracle.too_many_unknown(shown, 0)
