"""The points: what is patched, from outside, so that a process dies right before it or right after it.

Each is known by a name; `before` and `after` of it are two points.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial, wraps
from inspect import iscoroutinefunction
from typing import Any

import aiosmtplib
from aiokafka import AIOKafkaConsumer

from services.campaign_svc.webhooks import deliveries
from shared import due
from shared.bus.kafka import KafkaBus
from shared.bus.sqlite import SqliteBus, SqliteConsumer
from shared.bus.sqlite_log import Job, SqliteLog
from shared.database.unit import Unit
from shared.database.writer import Lane
from shared.due import rows as due_rows
from shared.events import outbox
from shared.outgoing import Outgoing

Die = Callable[[], object]
Matches = Callable[..., bool]
SIDES = ("before", "after")


def _always(*_: Any, **__: Any) -> bool:
    return True


def around(owner: type, name: str, side: str, die: Die, matches: Matches = _always) -> None:
    """Patch a method so that a call which matches is the last thing this process does, or is not done any more."""
    original = getattr(owner, name)

    @wraps(original)
    async def awaited(*args: Any, **options: Any) -> Any:
        aimed = matches(*args, **options)
        if aimed and side == "before":
            die()
        result = await original(*args, **options)
        return die() if aimed else result

    @wraps(original)
    def called(*args: Any, **options: Any) -> Any:
        aimed = matches(*args, **options)
        if aimed and side == "before":
            die()
        result = original(*args, **options)
        return die() if aimed else result

    setattr(owner, name, awaited if iscoroutinefunction(original) else called)


def commit_of(is_it: Callable[[Unit], bool]) -> "Arm":
    """The commit of a transaction that such a unit of work is part of."""

    def arm(side: str, die: Die) -> None:
        under_way: dict[Lane, Sequence[Unit]] = {}
        transaction = Lane._transaction

        def remembered(lane: Lane, units: Sequence[Unit], **options: Any) -> None:
            under_way[lane] = units
            transaction(lane, units, **options)

        setattr(Lane, "_transaction", remembered)  # noqa: B010  as in the twins of `sabotage`
        around(Lane, "_commit", side, die, lambda lane, _: any(map(is_it, under_way[lane])))

    return arm


def of_log(brings: Callable[[Job], bool]) -> "Arm":
    """A commit of the embedded bus's own file."""
    return partial(around, SqliteLog, "_commit", matches=lambda _, jobs: any(map(brings, jobs)))


Arm = Callable[[str, Die], None]

POINTS: Mapping[str, Arm] = {
    "commit of a request": commit_of(lambda unit: unit.once is not None),
    "answers of a group": partial(around, Lane, "_answer", matches=lambda _, group: any(one.once for one in group)),
    "commit of an inbox batch": commit_of(lambda unit: unit.fn.__name__ == "_handle"),
    "commit of a claim": commit_of(lambda unit: unit.fn is due_rows.claim),
    "commit of a begin": commit_of(lambda unit: unit.fn is due_rows.begin),
    "commit of a settle": commit_of(lambda unit: unit.fn is due._settle),
    "deletion from the outbox": commit_of(lambda unit: unit.fn is outbox.drop),
    "publish": partial(around, SqliteBus, "publish"),
    "commit of the log": of_log(lambda job: bool(job.rows)),
    "done": partial(around, SqliteConsumer, "done"),
    "commit of a bookmark": of_log(lambda job: bool(job.bookmarks)),
    "DATA of a mail": partial(around, aiosmtplib.SMTP, "data"),
}

KAFKA: Mapping[str, Arm] = {
    "publish to Kafka": partial(around, KafkaBus, "_send"),
    "commit of Kafka's bookmarks": partial(around, AIOKafkaConsumer, "commit"),
}

WEBHOOKS: Mapping[str, Arm] = {
    "POST of a webhook": partial(around, Outgoing, "send"),
    "commit of a webhook's note": commit_of(lambda unit: unit.fn is deliveries.note),
}


def both_sides(points: Iterable[str]) -> list[str]:
    return [f"{side} {name}" for name in points for side in SIDES]


def arm(point: str, die: Die) -> None:
    side, _, name = point.partition(" ")
    {**POINTS, **KAFKA, **WEBHOOKS}[name](side, die)
