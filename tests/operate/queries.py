"""What a PromQL expression asks for, by a real parser: which series, and which of their labels."""

from collections.abc import Iterator, Mapping

import promql_parser as promql

Series = Mapping[str, frozenset[str]]


def lacking(expression: str, series: Series) -> list[str]:
    """Each thing that the expression names and nobody exports, as a sentence."""
    found = []
    for name, asked in selected(promql.parse(expression)):
        if name not in series:
            found.append(f"nothing exports {name}")
        else:
            found += [f"{name} has no label {label}" for label in sorted(asked - series[name])]
    return found or _lost(expression, series)


def selected(expression: promql.Expr) -> list[tuple[str, set[str]]]:
    """Each series that is named, with the labels that it must match."""
    found = [node for node in nodes(expression) if isinstance(node, promql.VectorSelector)]
    return [(one.name or "", {matcher.name for matcher in one.matchers.matchers}) for one in found]


def outcomes_asked(expression: str) -> list[tuple[str, list[str]]]:
    """Each series of which some outcomes are asked for, and these."""
    found = [node for node in nodes(promql.parse(expression)) if isinstance(node, promql.VectorSelector)]
    asked = [(one.name or "", matcher) for one in found for matcher in one.matchers.matchers]
    return [(name, matcher.value.split("|")) for name, matcher in asked if matcher.name == "outcome"]


def labels_left(expression: str) -> frozenset[str]:
    """What the outermost `by` leaves: the labels of a recorded series."""
    outer = [node for node in nodes(promql.parse(expression)) if isinstance(node, promql.AggregateExpr)]
    return frozenset(outer[0].modifier.labels) - {"le"} if outer and outer[0].modifier else frozenset()


def _lost(expression: str, series: Series) -> list[str]:
    """Labels that an aggregation keeps, of which nothing inside it has any."""
    found = []
    for node in nodes(promql.parse(expression)):
        if isinstance(node, promql.AggregateExpr) and node.modifier:
            inside = [name for name, _ in selected(node.expr)]
            had = frozenset().union(*(series[name] for name in inside))
            found += [
                f"{' and '.join(inside)}: no label {one} to keep" for one in node.modifier.labels if one not in had
            ]
    return found


def nodes(expression: promql.Expr) -> Iterator[promql.Expr]:
    found: list[promql.Expr] = []
    promql.walk(expression, found.append)
    return iter(found)
