"""The stored connectors: made, changed, removed; and the one pull of each that is planned, put where it belongs."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from services.campaign_svc.connectors.asking import origin
from services.campaign_svc.connectors.models import OPEN, Connector, ConnectorChange, ConnectorOut, Pull, PullOut
from services.campaign_svc.connectors.shapes import ConnectorIn, Settings
from shared.database import Tx
from shared.database.sql import insert_new
from shared.ids import new_id
from shared.problems import conflict, invalid_field
from shared.web import found_or_404, refuse_stale

TASK = "connector.pull"


def create(tx: Tx, connector_id: str, wanted: ConnectorIn, credential: bytes | None) -> ConnectorOut:
    """`credential` is sealed already. Raises Problem 409 where the name is taken."""
    if wanted.auth.kind != "none" and credential is None:
        raise _credential_missing()
    row = Connector(
        id=connector_id,
        name=wanted.name,
        settings=wanted.settings,
        credential=credential,
        enabled=wanted.enabled,
        pull_id=None,
        created_at=tx.now,
        created_by=tx.by.subject,
        updated_at=tx.now,
    )
    if not insert_new(tx.session, Connector, [row.model_dump()], returning="id"):
        raise _name_taken()
    return _planned(tx, locked(tx, connector_id))


def change(tx: Tx, connector_id: str, sent: ConnectorChange, credential: bytes | None, expected: int) -> ConnectorOut:
    """What is under way stops, and starts anew by the new settings. Raises Problem 404, 409, 412, 422, 428."""
    connector = locked(tx, connector_id)
    refuse_stale(expected, connector.version)
    wanted = sent.after(connector.enabled)
    before = Settings.model_validate(connector.settings)
    connector.credential = _credential(connector, before, wanted, credential)
    if not before.same_figures(wanted):
        connector.pulled_until = None  # what was stored by the old settings is asked for again
    connector.name, connector.settings, connector.enabled = wanted.name, wanted.settings, wanted.enabled
    connector.version, connector.updated_at = connector.version + 1, tx.now
    try:
        tx.session.flush()
    except IntegrityError:
        raise _name_taken() from None
    return _planned(tx, connector)


def remove(tx: Tx, connector_id: str, expected: int) -> None:
    """With its log; the figures that it brought stay. Raises Problem 404, 412, 428."""
    connector = locked(tx, connector_id)
    refuse_stale(expected, connector.version)
    tx.session.execute(delete(Pull).where(col(Pull.connector_id) == connector_id))
    tx.session.delete(connector)
    tx.session.flush()


def pull_now(tx: Tx, connector_id: str) -> PullOut:
    """The pull that is under way, or a new one in place of the planned one. Raises Problem 404, 409."""
    connector = locked(tx, connector_id)
    if not connector.enabled:
        raise conflict("The connector is switched off; switch it on first.")
    pull = tx.session.get(Pull, connector.pull_id, with_for_update=True) if connector.pull_id else None
    if pull is None or pull.state != "running":
        pull = plan(tx, connector, tx.now)
    return PullOut.of(pull)


def plan(tx: Tx, connector: Connector, at: datetime) -> Pull:
    """The next pull. One that was planned and never began leaves no trace; one that is under way stops."""
    if connector.pull_id and (before := tx.session.get(Pull, connector.pull_id, with_for_update=True)):
        _give_up(tx, before)
    pull = Pull(id=new_id("run"), connector_id=connector.id, planned_at=at, position=None)
    tx.session.add(pull)
    connector.pull_id = pull.id
    tx.session.flush()
    tx.later(TASK, key=pull.id, at=at)
    return pull


def locked(tx: Tx, connector_id: str) -> Connector:
    """The connector, held against others until the end of the transaction. Raises Problem 404."""
    return found_or_404(tx.session, Connector, connector_id, "connector", lock=True)


def _planned(tx: Tx, connector: Connector) -> ConnectorOut:
    if connector.enabled:
        plan(tx, connector, tx.now)
    elif connector.pull_id and (before := tx.session.get(Pull, connector.pull_id, with_for_update=True)):
        _give_up(tx, before)
        connector.pull_id = None
    tx.session.flush()
    return ConnectorOut.of(connector)


def _give_up(tx: Tx, pull: Pull) -> None:
    """Its due work finds it gone, or stopped, and does nothing."""
    if pull.state == "planned":
        tx.session.delete(pull)
    elif pull.state in OPEN:
        pull.state, pull.ended_at, pull.retry_at = "stopped", tx.now, None


def _credential(connector: Connector, before: Settings, wanted: ConnectorIn, credential: bytes | None) -> bytes | None:
    """The stored one stays only where it goes to whom it was given for: else a changed address would collect it."""
    if wanted.auth.kind == "none" or credential is not None:
        return credential
    if wanted.auth.kind != before.auth.kind or origin(wanted.url) != origin(before.url):
        raise _credential_missing()
    return connector.credential


def _credential_missing() -> Exception:
    return invalid_field("/auth/credential", "missing", "Send the credential: none is stored for this address.")


def _name_taken() -> Exception:
    return conflict("A connector of this name exists; change that one, or choose another name.")
