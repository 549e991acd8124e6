"""How a pull gets on: begun, a page stored with the place of the next one, a failure noted, the end and what follows.

Rows and place change in one transaction, so a crash costs one page at most, and repeating that changes nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Delete, delete
from sqlmodel import col, select

from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.ads.reporting import report
from services.campaign_svc.connectors.keeping import plan
from services.campaign_svc.connectors.models import MOST_REJECTS, OPEN, Connector, Pull
from services.campaign_svc.connectors.pages import Rejected
from services.campaign_svc.connectors.shapes import Settings, Window
from shared.database import Tx
from shared.due import Outcome, Result

LOG_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Begun:
    """A pull as it stands. `credential` and `position` are sealed."""

    id: str
    connector_id: str
    settings: Settings
    window: Window
    as_of: datetime
    page: int
    credential: bytes | None
    position: bytes | None
    failures: int


@dataclass(frozen=True, slots=True)
class Turn:
    """The end of a page: where the next one is (sealed; None: nowhere), and what was left out."""

    follows: bytes | None
    rejected: Sequence[Rejected]


def begin(tx: Tx, pull_id: str) -> Begun | None:
    """Where to go on. None where every page is stored, or the pull is no longer wanted."""
    pull = _held(tx, pull_id)
    connector = tx.session.get(Connector, pull.connector_id) if pull else None
    if pull is None or connector is None or pull.ended_at is not None:
        return None
    settings = Settings.model_validate(connector.settings)
    if pull.started_at is None:
        window = window_of(settings, connector.pulled_until, tx.now.date())
        pull.state, pull.started_at = "running", tx.now
        pull.first_day, pull.last_day = window.first, window.last
        tx.session.flush()
    return _begun(pull, connector, settings)


def window_of(settings: Settings, pulled_until: date | None, today: date) -> Window:
    """The days that may have changed, and those that nobody has asked for yet."""
    look_back = today - timedelta(days=settings.look_back_days)
    first = min(pulled_until, look_back) if pulled_until else settings.since or look_back
    if settings.since is not None:
        first = max(first, settings.since)
    return Window(first=first, last=max(first, today))


def store(tx: Tx, pull_id: str, page: int, rows: Sequence[MetricIn], turn: Turn | None) -> bool:
    """Some rows of a page; with the last of them, the turn. False where it is not this page's turn any more."""
    pull = _held(tx, pull_id)
    if pull is None or pull.page != page:
        return False
    outcomes = Counter(reported.outcome for reported in report(tx, rows)) if rows else Counter[str]()
    pull.rows_new += outcomes["new"]
    pull.rows_revised += outcomes["revised"]
    pull.rows_kept += outcomes["kept"]
    pull.rows_same += outcomes["same"]
    if turn is not None:
        _turn(pull, turn, tx.now)
    tx.session.flush()
    return True


def note_failure(tx: Tx, pull_id: str, reason: str, retry_at: datetime) -> bool:
    """False where the pull is no longer wanted, or another worker has stored its last page."""
    if (pull := _held(tx, pull_id)) is None or pull.ended_at is not None:
        return False
    pull.failures, pull.error, pull.retry_at = pull.failures + 1, reason, retry_at
    tx.session.flush()
    return True


def end(tx: Tx, pull_id: str, result: Result) -> None:
    """Done or failed; and the next one is planned, for a failure may have passed by then."""
    # Only its connector's id: a pull that is loaded before the locks would stay as it was before them.
    of = tx.session.exec(select(Pull.connector_id).where(col(Pull.id) == pull_id)).first()
    connector = tx.session.get(Connector, of, with_for_update=True) if of else None
    pull = _held(tx, pull_id)  # after the connector, as those do who change it: else the two wait for each other
    if pull is None or connector is None:
        return
    done = result.outcome is Outcome.DONE or pull.ended_at is not None
    pull.state, pull.ended_at, pull.retry_at = "done" if done else "failed", pull.ended_at or tx.now, None
    pull.error = None if done else result.detail
    if done:
        connector.pulled_until = pull.last_day
    tx.session.flush()
    tx.session.execute(_outdated(connector, tx.now))
    every = timedelta(seconds=Settings.model_validate(connector.settings).every_seconds)
    plan(tx, connector, max(tx.now, (pull.started_at or tx.now) + every))


def _held(tx: Tx, pull_id: str) -> Pull | None:
    """The pull, if it is planned or under way, against others until the end of the transaction."""
    pull = tx.session.get(Pull, pull_id, with_for_update=True)
    return pull if pull is not None and pull.state in OPEN else None


def _turn(pull: Pull, turn: Turn, now: datetime) -> None:
    """After the last page the pull has ended, whatever becomes of the worker before it is settled."""
    pull.page, pull.position = pull.page + 1, turn.follows
    pull.ended_at = now if turn.follows is None else None
    pull.failures, pull.error, pull.retry_at = 0, None, None
    pull.rows_rejected += len(turn.rejected)
    room = MOST_REJECTS - len(pull.rejects)
    pull.rejects = [*pull.rejects, *(asdict(one) for one in turn.rejected[:room])]


def _begun(pull: Pull, connector: Connector, settings: Settings) -> Begun:
    assert pull.started_at and pull.first_day and pull.last_day  # noqa: S101 - set together when it began
    return Begun(
        id=pull.id,
        connector_id=connector.id,
        settings=settings,
        window=Window(first=pull.first_day, last=pull.last_day),
        as_of=pull.started_at,
        page=pull.page,
        credential=connector.credential,
        position=pull.position,
        failures=pull.failures,
    )


def _outdated(connector: Connector, now: datetime) -> Delete:
    return delete(Pull).where(col(Pull.connector_id) == connector.id, col(Pull.planned_at) < now - LOG_KEPT)
