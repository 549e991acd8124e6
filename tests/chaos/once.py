"""What must be there once is compared as a whole, so that "lost" and "doubled" are found by one rule everywhere."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator

from tests.chaos.ledger import Ledger
from tests.chaos.shown import Shown

SHOW_AT_MOST = 5

Check = Callable[[Ledger, Shown], Iterable[str]]


def once(what: str, expected: Iterable[Hashable], shown: Iterable[Hashable]) -> Iterator[str]:
    """Everything expected is shown as often as expected, and nothing else is."""
    wanted, found = Counter(iter(expected)), Counter(iter(shown))  # of a mapping, its keys
    lost, more = wanted - found, found - wanted
    if lost:
        yield f"{what}: {lost.total()} lost, such as {_some(lost)}"
    if doubled := Counter({one: count for one, count in more.items() if one in wanted}):
        yield f"{what}: {doubled.total()} doubled, such as {_some(doubled)}"
    if strange := Counter({one: count for one, count in more.items() if one not in wanted}):
        yield f"{what}: {strange.total()} that nothing led to, such as {_some(strange)}"


def _some(found: Counter[Hashable]) -> str:
    return ", ".join(str(one) for one, _ in found.most_common(2))
