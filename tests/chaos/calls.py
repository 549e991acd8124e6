"""Calls as a client makes them: each under a key of its own, with one row, or with several as a batch."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol


class Address(NamedTuple):
    """Where rows of a kind go; `plural` is what a batch calls them."""

    service: str
    path: str
    plural: str


class Sendable(Protocol):
    """One row as it is sent."""

    TO: ClassVar[Address]

    @property
    def sent(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Request:
    """`after`: the key of a call that must have been answered first, as this one is about the same thing."""

    key: str
    rows: tuple[Sendable, ...]
    batch: bool
    after: str = ""

    @property
    def to(self) -> Address:
        return self.rows[0].TO

    @property
    def call(self) -> tuple[str, Any]:
        sent = [dict(row.sent) for row in self.rows]
        return (f"{self.to.path}:batch", {self.to.plural: sent}) if self.batch else (self.to.path, sent[0])


def mixed(seed: int, *kinds: Sequence[Request]) -> list[Request]:
    """All of them, evenly through each other, those of one kind in their own order."""
    chance = random.Random(f"mixed {seed}")
    placed = [((place + chance.random()) / len(kind), call) for kind in kinds for place, call in enumerate(kind)]
    return [call for _, call in sorted(placed, key=lambda pair: pair[0])]
