"""One page of an ad network's answer, asked for and read: whole, or not at all."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import httpx

from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.connectors.asking import Astray, Position, headers_of, url_of
from services.campaign_svc.connectors.mapping import RowRefused, metric_of, time_of
from services.campaign_svc.connectors.reading import Read, Unreadable, at, read
from services.campaign_svc.connectors.shapes import Settings, Window
from shared.backoff import retry_after
from shared.clock import utc_now
from shared.outgoing import Answer, Outgoing, Refused

MOST_BYTES = 4 * 2**20
"""Reading it takes the process some fifty milliseconds, in which nobody else is served."""
MOST_PAGES = 5_000
LONGEST_WAIT = timedelta(hours=1)
BUSY = {408, 425, 429}
UNREADABLE_TRIES = 5
"""A broken answer may be whole the next time; a mapping that does not fit never will."""


class Again(Exception):
    """It may go well later: a sentence, and the seconds after which the network wants to be asked again, if it said.

    `tries`: so often in a row, and it is hopeless.
    """

    def __init__(self, reason: str, seconds: float | None = None, *, tries: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.seconds, self.tries = reason, seconds, tries


class Hopeless(Exception):
    """It will not go well until somebody changes something: a sentence."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is needed to ask for any page of one pull."""

    settings: Settings
    credential: str | None
    window: Window
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was left out, and why. Pages and rows count from 1."""

    page: int
    row: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """`follows` is the place of the next page; None on the last."""

    metrics: list[MetricIn]
    rejected: list[Rejected]
    follows: Position | None


async def fetch(outgoing: Outgoing, asked: Asked, position: Position) -> Fetched:
    """Raises `Again` and `Hopeless`."""
    try:
        url = url_of(asked.settings, asked.window, position)
        answer = await outgoing.send("GET", url, headers=headers_of(asked.settings, asked.credential))
        _check_status(answer)
        _check_complete(answer, asked.settings)
        return await asyncio.to_thread(_read, answer, asked, position)
    except TimeoutError:
        raise Again("The network did not answer in time.") from None
    except httpx.HTTPError as error:
        raise Again(f"The network could not be reached, or its answer broke off ({type(error).__name__}).") from None
    except Unreadable as unreadable:
        raise Again(str(unreadable), tries=UNREADABLE_TRIES) from None
    except (Refused, Astray) as refused:
        raise Hopeless(str(refused)) from None


def _check_status(answer: Answer) -> None:
    if answer.status in BUSY or answer.status >= 500:
        asked = retry_after(answer.headers, utc_now(), longest=LONGEST_WAIT)
        raise Again(f"The network answered {answer.status}.", asked.total_seconds() if asked is not None else None)
    if answer.status in (401, 403):
        raise Hopeless(f"The network answered {answer.status}: look at the credential.")
    if not 200 <= answer.status < 300:
        raise Hopeless(f"The network answered {answer.status}: look at the address and the query.")


def _check_complete(answer: Answer, settings: Settings) -> None:
    """JSON shows where it ends; of CSV only HTTP can say whether the end is missing."""
    if answer.truncated:
        raise Hopeless(f"One page is larger than {MOST_BYTES} bytes; ask for fewer days or smaller pages.")
    known = {"content-length", "transfer-encoding"} & answer.headers.keys()
    if settings.format == "csv" and not known and "content-encoding" not in answer.headers:
        raise Hopeless("The network does not say how long its file is: whether all of it came cannot be known.")


def _read(answer: Answer, asked: Asked, position: Position) -> Fetched:
    found = Read([], at) if answer.status == 204 else read(answer.body, asked.settings)
    as_of = _as_of(answer, asked)
    metrics, rejected = [], []
    for place, row in enumerate(found.rows, start=1):
        try:
            if row is None:
                raise RowRefused("row", "Expected an object, or as many cells as the header has.")
            look = partial(found.look, row)
            metrics.append(metric_of(look, asked.settings.mapping, as_of=as_of, latest=asked.as_of))
        except RowRefused as refused:
            rejected.append(Rejected(position.page + 1, place, refused.field, refused.reason))
    follows = _next_page(found, answer.body, asked.settings, position) or _next_part(asked, position)
    if follows is not None and follows.page >= MOST_PAGES:
        raise Unreadable(f"The network has more than {MOST_PAGES} pages; ask for fewer days or larger pages.")
    return Fetched(metrics, rejected, follows)


def _as_of(answer: Answer, asked: Asked) -> datetime:
    source = asked.settings.mapping.as_of
    if source is None or source.header is None or not (text := answer.headers.get(source.header, "")):
        return asked.as_of
    try:
        return time_of(text, source.format)
    except (ValueError, OverflowError):
        raise Unreadable(f"The header {source.header} holds no time; look at `mapping.as_of`.") from None


def _next_page(found: Read, body: bytes, settings: Settings, position: Position) -> Position | None:
    follows = found.follows
    if settings.paging.kind == "page":
        full = len(found.rows) >= (settings.paging.size or 1)
        follows = hashlib.sha256(body).hexdigest() if full else None  # to notice a network that ignores the number
    if follows is None:
        return None
    if follows == position.follows:
        raise Unreadable("The network gives the same page again and again; look at `paging`.")
    return position.next_page(follows)


def _next_part(asked: Asked, position: Position) -> Position | None:
    return position.next_part() if asked.window.part(position.part + 1, asked.settings.days_at_once) else None
