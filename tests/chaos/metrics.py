"""Made-up reports of ad networks from a seed: new keys, revisions that are newer or older, and copies."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from tests.chaos.calls import Address, Request

BATCH = 20
KNOWN_KEY, SINGLE = 0.4, 0.02
DAYS = ("2026-03-01", "2026-03-02", "2026-03-03")
"""Too few for an alarm or advice, so that what they lead to is figures and nothing else."""
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
CHOICES: Mapping[str, tuple[str | None, ...]] = {
    "channel": ("search", "social", "video", "news"),
    "campaign": ("brand", "sale", None),
    "account": ("main", None),
    "ad": (*(f"ad{number}" for number in range(50)), None),
    "day": DAYS,
    "age": ("18-29", "30-49", "50+", None),
    "gender": ("F", "M", None),
}
DIMENSIONS = ("age", "gender")


@dataclass(frozen=True)
class Report:
    """`name` says which key it is about. No two that differ have one key and one `as_of`."""

    TO: ClassVar[Address] = Address("campaign", "/v1/ad-metrics", "metrics")

    name: str
    sent: Mapping[str, Any]

    @property
    def as_of(self) -> datetime:
        return datetime.fromisoformat(self.sent["as_of"])


def requests(seed: int, count: int) -> list[Request]:
    """The calls of a run, together with so many reports. The same seed makes the same calls."""
    chance, reports = random.Random(f"metric calls {seed}"), _reports(seed, count)
    made: list[Request] = []
    while report := next(reports, None):
        single = chance.random() < SINGLE
        more = [one for _ in range(0 if single else BATCH - 1) if (one := next(reports, None))]
        made.append(Request(f"chaos-metrics-{seed}-{len(made)}", (report, *more), not single))
    return made


@dataclass
class _Key:
    """What was made up of one key so far, and between which moments."""

    name: str
    key: dict[str, Any]
    oldest: datetime = NOON
    newest: datetime = NOON
    told: list[Report] = field(default_factory=list)

    def report(self, chance: random.Random) -> Report:
        if self.told and chance.random() < 0.2:
            return chance.choice(self.told)
        apart = timedelta(seconds=chance.randint(1, 3_600))
        if self.told and chance.random() < 0.4:
            at = self.oldest = self.oldest - apart
        else:
            at = self.newest = self.newest + apart
        self.told.append(Report(self.name, self.key | _figures(chance) | {"as_of": at.isoformat()}))
        return self.told[-1]


def _reports(seed: int, count: int) -> Iterator[Report]:
    chance = random.Random(f"metrics {seed}")
    keys: dict[str, _Key] = {}
    for _ in range(count):
        known = keys and chance.random() < KNOWN_KEY
        key = chance.choice([*keys.values()][-200:]) if known else _new_key(chance, keys)
        keys[key.name] = key
        yield key.report(chance)


def _new_key(chance: random.Random, keys: Mapping[str, _Key]) -> _Key:
    while True:
        drawn = {name: chance.choice(values) for name, values in CHOICES.items()}
        name = "/".join(str(value) for value in drawn.values())
        if name not in keys:
            dimensions = {one: value for one in DIMENSIONS if (value := drawn.pop(one))}
            return _Key(name, {"dimensions": dimensions} | {one: value for one, value in drawn.items() if value})


def _figures(chance: random.Random) -> dict[str, Any]:
    """Some measures are absent. Spend has up to nine decimals, and may change its currency in a revision."""
    currency = chance.choice(("EUR", "USD", "JPY"))
    figures = {
        "clicks": chance.randint(0, 5_000),
        "spend": {"amount": amount(chance, 10**6), "currency": currency},
        "conversions": {kind: amount(chance, 100) for kind in ("lead", "sale") if chance.random() < 0.5},
        "revenue": {"amount": amount(chance, 10**7), "currency": currency},
    }
    kept = {name: value for name, value in figures.items() if chance.random() < 0.85}
    return kept | {"impressions": chance.randint(0, 10**6)}


def amount(chance: random.Random, most: int) -> str:
    decimals = chance.randint(0, 9)
    return f"{Decimal(chance.randint(0, most * 10**decimals)).scaleb(-decimals):f}"
