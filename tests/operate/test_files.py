"""Rules, dashboard and page name what the services really export, and lead to where it says what to do."""

import re
from collections import Counter
from itertools import combinations
from typing import Any

import promql_parser as promql
import pytest

from tests.operate import exported
from tests.operate.files import DASHBOARD, PAGE, Target, anchors, panels, rules, targets
from tests.operate.queries import labels_left, lacking, outcomes_asked

RULES = [pytest.param(rule, id=rule.get("alert") or rule["record"]) for rule in rules()]
ALERTS = [pytest.param(rule, id=rule["alert"]) for rule in rules() if "alert" in rule]
TARGETS = [pytest.param(target, id=f"{target.panel} {number}") for number, target in enumerate(targets())]


def series() -> dict[str, frozenset[str]]:
    """What is exported, and what the rules record of it."""
    return exported.series() | {rule["record"]: labels_left(rule["expr"]) for rule in rules() if "record" in rule}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_asks_for_what_is_exported(rule: dict[str, Any]) -> None:
    assert lacking(rule["expr"], series()) == []


@pytest.mark.parametrize("target", TARGETS)
def test_a_panel_asks_for_what_is_exported(target: Target) -> None:
    assert lacking(target.expression, series()) == []


@pytest.mark.parametrize("rule", ALERTS)
def test_an_alert_says_what_is_wrong_how_urgent_it_is_and_where_it_is_explained(rule: dict[str, Any]) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["runbook"] in anchors()
    named = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    left = labels_left(rule["expr"]) or frozenset().union(*_labels_asked(rule["expr"]))
    assert named <= left, f"its summary names {named - left}, which its series do not have"


def test_rules_are_named_once() -> None:
    names = Counter(rule.get("alert") or rule["record"] for rule in rules())
    assert [name for name, count in names.items() if count > 1] == []


def test_every_metric_is_on_the_page_with_its_type_and_labels_and_no_other() -> None:
    told = re.findall(r"^\| `(rainmaker_\w+)` \| (\w+): ([\w, ]+) \|", PAGE.read_text(), re.M)
    expected = {(one.name, one.type, ", ".join(one.labels)) for one in exported.metrics().values()}
    assert set(told) == expected and len(told) == len(expected)


def test_every_outcome_that_is_asked_for_is_one_that_the_page_names() -> None:
    page = {row.split("`")[1]: row for row in PAGE.read_text().splitlines() if row.startswith("| `rainmaker_")}
    for expression in [rule["expr"] for rule in rules()] + [target.expression for target in targets()]:
        for name, outcomes in outcomes_asked(expression):
            row = page[re.sub("_(count|sum|bucket)$", "", name)]
            assert [one for one in outcomes if f"`{one}`" not in row] == [], f"{name}: its row does not name these"


def test_every_metric_is_in_a_rule_or_a_panel() -> None:
    asked = " ".join([rule["expr"] for rule in rules()] + [target.expression for target in targets()])
    assert [name for name in exported.metrics() if name not in asked] == []


def test_what_the_page_and_the_dashboard_link_to_is_there() -> None:
    on_page = {f"docs/operate.md{anchor}" for anchor in re.findall(r"\]\((#[\w-]+)\)", PAGE.read_text())}
    in_panels = set(re.findall(r"docs/operate\.md#[\w-]+", DASHBOARD.read_text()))
    assert on_page and in_panels and on_page | in_panels <= anchors()


def test_panels_stand_beside_each_other_and_not_on_each_other() -> None:
    places = [(panel["title"], panel["gridPos"]) for panel in panels()]
    assert len({panel["id"] for panel in panels()}) == len(places)
    assert [(a, b) for (a, one), (b, other) in combinations(places, 2) if _overlap(one, other)] == []
    assert all(place["x"] + place["w"] <= 24 for _, place in places)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("rainmaker_outbox_size > 0", "nothing exports rainmaker_outbox_size"),
        ('rainmaker_dead_letters{topic="a"}', "rainmaker_dead_letters has no label topic"),
        ("sum by (task) (rainmaker_inbox_lag)", "rainmaker_inbox_lag: no label task to keep"),
        ("rainmaker_due_late_seconds", "nothing exports rainmaker_due_late_seconds"),
    ],
)
def test_a_wrong_name_is_found(wrong: str, why: str) -> None:
    assert lacking(wrong, series()) == [why]


def test_what_is_no_promql_is_found() -> None:
    with pytest.raises(ValueError, match="unclosed"):
        promql.parse("sum by (service) rate(rainmaker_requests_total[5m]")


def _labels_asked(expression: str) -> list[frozenset[str]]:
    return [labels for name, labels in series().items() if name in expression]


def _overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(one[at] < other[at] + other[size] and other[at] < one[at] + one[size] for at, size in ("xw", "yh"))
