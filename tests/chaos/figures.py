"""What the oracle checks about ads and companies: each told once, what stands, and what it all adds up to."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from tests.chaos import sums
from tests.chaos.ledger import Ledger
from tests.chaos.once import Check, once
from tests.chaos.shown import DROPNA, GROUPS, Item, Shown
from tests.chaos.sums import Line, written

KNOWN = ("industry", "country", "revenue", "profit", "assets")
COUNTS = ("created", "changed", "unchanged", "rejected")


def each_key_is_one_metric(ledger: Ledger, shown: Shown) -> Iterator[str]:
    pairs = {(one.report.name, one.metric_id) for one in ledger.reports}
    yield from once("keys of metrics", {name for name, _ in pairs}, (name for name, _ in pairs))
    yield from once("metrics", {metric_id for _, metric_id in pairs}, (one["id"] for one in shown.metrics))


def each_report_is_kept_once(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """One is the first of its key, and a version counts those that changed what stood, whatever order they came in."""
    outcomes: dict[str, Counter[str]] = {}
    for one in ledger.reports:
        outcomes.setdefault(one.metric_id, Counter())[one.outcome] += 1
    yield from once("first reports", outcomes, (one.metric_id for one in ledger.reports if one.outcome == "new"))
    versions = [(metric_id, found["new"] + found["revised"]) for metric_id, found in outcomes.items()]
    yield from once("metrics by version", versions, ((one["id"], one["version"]) for one in shown.metrics))
    told, again = {(one.metric_id, one.report.as_of) for one in ledger.reports}, ledger.metrics_told_again()
    kept = [(metric_id, _at(one)) for metric_id, some in shown.revisions.items() for one in some]
    yield from once("revisions", (pair for pair in told if pair[0] in again), kept)
    fresh = sum(found.total() - found["same"] for found in outcomes.values())
    if fresh != len(told):
        yield f"reports: {len(told)} were different ones, and {fresh} were said to be"


def the_newest_report_stands(ledger: Ledger, shown: Shown) -> Iterator[str]:
    standing = sums.newest(ledger.reports)
    told = {metric_id: datetime.fromisoformat(sent["as_of"]) for metric_id, sent in standing.items()}
    yield from once("metrics by as_of", told.items(), ((one["id"], _at(one)) for one in shown.metrics))
    expected = [(metric_id, *figure) for metric_id, sent in standing.items() for figure in sums.measured(sent)]
    yield from once("figures of metrics", expected, _each_measured(shown.metrics))


def figures_of_ads_are_the_sum_of_the_newest_reports(ledger: Ledger, shown: Shown) -> Iterator[str]:
    standing = sums.newest(ledger.reports).values()
    by_channel = ((item["channel"], *figure) for item in shown.channels for figure in _figures(item))
    yield from once("channels", sums.ad_figures(standing, ["channel"]), by_channel)
    for group_by in GROUPS:
        answer = shown.performance.get(group_by, {"items": [], "totals": {}})
        named = group_by.split(",")
        grouped = (
            (*(item["group"][name] for name in named), *figure) for item in answer["items"] for figure in _figures(item)
        )
        yield from once(f"ads by {group_by}", sums.ad_figures(standing, named), grouped)
        yield from once(f"totals by {group_by}", sums.ad_figures(standing, []), _figures(answer["totals"]))


def each_company_is_there_once(ledger: Ledger, shown: Shown) -> Iterator[str]:
    known, fates = sums.companies(ledger.records)
    yield from once("companies", known, (one["name"] for one in shown.companies))
    ids = {(one.told.name, one.company_id) for one in ledger.records if one.company_id}
    listed = {(one["name"], one["id"]) for one in shown.companies}
    yield from once("ids of companies", ids, ids & listed)
    answered = [(one.told.name, one.fate, fate) for one, fate in zip(ledger.records, fates, strict=True) if one.fate]
    for name, said, fate in answered:
        if said != fate:
            yield f"company {name}: {fate}, and the answer said {said}"


def each_company_stands_as_it_was_told_last(ledger: Ledger, shown: Shown) -> Iterator[str]:
    known, _ = sums.companies(ledger.records)
    versions = [(name, one.version) for name, one in known.items()]
    yield from once("companies by version", versions, ((one["name"], one["version"]) for one in shown.companies))
    expected = [fact for name, one in known.items() for fact in _facts(name, one.known)]
    yield from once(
        "facts of companies", expected, (fact for one in shown.companies for fact in _facts(one["name"], one))
    )


def each_row_of_a_file_was_stored_once(ledger: Ledger, shown: Shown) -> Iterator[str]:
    for one in ledger.imports:
        records = [record for record in ledger.records if not record.fate]
        fates = Counter(sums.companies(records)[1])
        expected = {"state": "done", "rows": len(one.file.rows)} | {name: fates[name] for name in COUNTS}
        yield from once(f"import {one.file.key}", expected.items(), ((name, one.job[name]) for name in expected))


def figures_of_industries_are_the_sum_of_companies(ledger: Ledger, shown: Shown) -> Iterator[str]:
    known = list(sums.companies(ledger.records)[0].values())
    for dropna in DROPNA:
        expected, answer = sums.industries(known, dropna), shown.industries.get(dropna, {})
        lines = map(_industry, answer.get("items", ()))
        yield from once(f"industries, dropna={dropna}", expected.figures, lines)
        for name, count in expected.counts.items():
            if known and answer.get(name) != count:
                yield f"industries, dropna={dropna}: {name} is {answer.get(name)} and must be {count}"


CHECKS: tuple[Check, ...] = (
    each_key_is_one_metric,
    each_report_is_kept_once,
    the_newest_report_stands,
    figures_of_ads_are_the_sum_of_the_newest_reports,
    each_company_is_there_once,
    each_company_stands_as_it_was_told_last,
    each_row_of_a_file_was_stored_once,
    figures_of_industries_are_the_sum_of_companies,
)


def _at(item: Item) -> datetime:
    return datetime.fromisoformat(item["as_of"])


def _each_measured(metrics: Iterable[Item]) -> Iterator[Line]:
    return ((one["id"], *figure) for one in metrics for figure in sums.measured(one))


def _figures(item: Mapping[str, Any]) -> Iterator[Line]:
    """Of an answer, as lines like those of `sums`."""
    if not item or not item["metrics"]:
        return
    yield "metrics", str(item["metrics"]), item["metrics"]
    counted = {name: item[name] for name in ("impressions", "clicks")}
    counted |= {f"conversions {kind}": one for kind, one in item["conversions"].items()}
    yield from ((name, written(Fraction(one["sum"])), one["n"]) for name, one in counted.items() if one["n"])
    for money in item["by_currency"]:
        yield f"{money['currency']} metrics", str(money["metrics"]), money["metrics"]
        for name in ("spend", "revenue"):
            if (one := money[name])["n"]:
                yield f"{one['sum']['currency']} {name}", written(Fraction(one["sum"]["amount"])), one["n"]


def _industry(item: Item) -> Line:
    amounts = (written(Fraction(item[name])) for name in ("revenue", "profit", "profit_mean"))
    return item["industry"], item["currency"], item["n"], *amounts


def _facts(name: str, known: Mapping[str, Any]) -> Iterator[Line]:
    for field in KNOWN:
        if (value := known.get(field)) is not None:
            money = isinstance(value, Mapping)
            yield (name, field, value["currency"], Fraction(value["amount"])) if money else (name, field, value)
