"""The oracle sees: of ads and companies too, each thing lost, doubled or made up turns its check red."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos import figures, oracle
from tests.chaos.kept_figures import kept_figures
from tests.chaos.ledger import Imported, Ledger
from tests.chaos.once import Check
from tests.chaos.shown import Shown

Change = Callable[[Ledger, Shown], tuple[Ledger, Shown]]


def test_figures_of_which_every_promise_was_kept_are_green() -> None:
    assert oracle.verdict(*kept_figures()) == {}


def shows(change: Callable[[Any], object], *path: str | int) -> Change:
    """What is shown is another thing at this place: a part, and keys or places inside it."""

    def changed(ledger: Ledger, shown: Shown) -> tuple[Ledger, Shown]:
        part = deepcopy(getattr(shown, str(path[0])))
        inner = part
        for step in path[1:]:
            inner = inner[step]
        change(inner)
        return ledger, replace(shown, **{str(path[0]): part})

    return changed


def lost(*path: str | int) -> Change:
    return shows(lambda items: items.pop(0), *path)


def doubled(*path: str | int) -> Change:
    return shows(lambda items: items.append(items[0]), *path)


def altered(values: Mapping[str, object], *path: str | int) -> Change:
    return shows(lambda item: item.update(values), *path)


def answered(part: str, place: int, **values: object) -> Change:
    """An answer was another one."""

    def changed(ledger: Ledger, shown: Shown) -> tuple[Ledger, Shown]:
        answers = list(getattr(ledger, part))
        answers[place] = replace(answers[place], **values)
        told: dict[str, Any] = {part: tuple(answers)}
        return replace(ledger, **told), shown

    return changed


def of_job(**values: object) -> Change:
    def changed(ledger: Ledger, shown: Shown) -> tuple[Ledger, Shown]:
        [one] = ledger.imports
        return replace(ledger, imports=(Imported(one.file, {**one.job, **values}, one.killed_at),)), shown

    return changed


TWICE = {"metrics": 2}
CASES: dict[Check, list[Change]] = {
    figures.each_key_is_one_metric: [
        lost("metrics"),
        doubled("metrics"),
        altered({"id": "met_c"}, "metrics", 0),
        answered("reports", 0, metric_id="met_c"),
    ],
    figures.each_report_is_kept_once: [
        altered({"version": 3}, "metrics", 0),
        lost("revisions", "met_a"),
        doubled("revisions", "met_a"),
        answered("reports", 1, outcome="new"),
        answered("reports", 4, outcome="kept"),
    ],
    figures.the_newest_report_stands: [
        altered({"as_of": "2026-03-05T12:00:00Z"}, "metrics", 0),
        altered({"clicks": 3}, "metrics", 0),
        altered({"spend": None}, "metrics", 1),
    ],
    figures.figures_of_ads_are_the_sum_of_the_newest_reports: [
        lost("channels"),
        doubled("channels"),
        altered(TWICE, "channels", 1),
        altered({"sum": 20}, "channels", 0, "impressions"),
        altered({"n": 2}, "channels", 0, "clicks"),
        altered({"sum": "2.500000001"}, "channels", 0, "conversions", "lead"),
        altered({"amount": "0.000000002"}, "channels", 0, "by_currency", 0, "spend", "sum"),
        altered({"currency": "USD"}, "channels", 0, "by_currency", 0, "spend", "sum"),
        lost("performance", "day,age,gender", "items"),
        altered({"age": None}, "performance", "channel,age", "items", 0, "group"),
        altered(TWICE, "performance", "account,ad", "items", 0),
        altered({"metrics": 3}, "performance", "campaign,day", "totals"),
        lost("performance", "currency,channel", "totals", "by_currency"),
    ],
    figures.each_company_is_there_once: [
        lost("companies"),
        doubled("companies"),
        altered({"id": "com_other"}, "companies", 0),
        answered("records", 4, fate="unchanged"),
    ],
    figures.each_company_stands_as_it_was_told_last: [
        altered({"version": 1}, "companies", 0),
        altered({"industry": "Mining"}, "companies", 0),
        altered({"revenue": {"amount": "10", "currency": "EUR"}}, "companies", 0),
        altered({"assets": {"amount": "0", "currency": "EUR"}}, "companies", 1),
    ],
    figures.each_row_of_a_file_was_stored_once: [
        of_job(state="failed"),
        of_job(rows=3),
        of_job(created=2),
        of_job(unchanged=0, rejected=1),
    ],
    figures.figures_of_industries_are_the_sum_of_companies: [
        lost("industries", "any", "items"),
        doubled("industries", "used", "items"),
        altered({"n": 2}, "industries", "any", "items", 0),
        altered({"revenue": "20.00"}, "industries", "used", "items", 0),
        altered({"profit_mean": "-1.5"}, "industries", "used", "items", 1),
        altered({"dropped": 1}, "industries", "any"),
        altered({"country": 0}, "industries", "any", "dropped_by_column"),
        altered({"companies": 2}, "industries", "used"),
        shows(lambda answers: answers.pop("used"), "industries"),
    ],
}


@pytest.mark.parametrize(
    ("check", "change"), [(check, change) for check, changes in CASES.items() for change in changes]
)
def test_what_is_lost_doubled_or_made_up_turns_its_check_red(check: Check, change: Change) -> None:
    assert check.__name__ in oracle.verdict(*change(*kept_figures()))


def test_every_check_of_figures_is_shown_to_turn_red() -> None:
    assert set(CASES) == set(figures.CHECKS)
