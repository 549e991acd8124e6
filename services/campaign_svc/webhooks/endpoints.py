"""The endpoints there are: made, changed, given a new secret, deleted, found by the name in journeys."""

from datetime import timedelta

from sqlmodel import Session, col, select

from services.campaign_svc.webhooks.models import WebhookEndpoint
from services.campaign_svc.webhooks.shapes import EndpointIn, EndpointOut, EndpointPatch
from services.campaign_svc.webhooks.users import journeys_using
from shared.database import Tx
from shared.database.sql import insert_new
from shared.problems import conflict
from shared.web import found_or_404, refuse_stale


def names(session: Session, wanted: set[str]) -> set[str]:
    """Those of the wanted names that have an endpoint."""
    found = select(WebhookEndpoint.name).where(col(WebhookEndpoint.name).in_(wanted))
    return set(session.exec(found)) if wanted else set()


def create(tx: Tx, endpoint_id: str, wanted: EndpointIn, secret: bytes) -> EndpointOut:
    """`secret` is sealed for this id: made before the transaction. Raises Problem 409 where the name is taken."""
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        name=wanted.name,
        url=wanted.url,
        description=wanted.description,
        on=wanted.on,
        secret=secret,
        created_at=tx.now,
        created_by=tx.by.subject,
        updated_at=tx.now,
    )
    if not insert_new(tx.session, WebhookEndpoint, [endpoint.model_dump()], returning="id"):
        raise conflict("A webhook endpoint of this name exists; change that one, or choose another name.")
    return EndpointOut.of(endpoint)


def change(tx: Tx, endpoint_id: str, patch: EndpointPatch, expected: int) -> EndpointOut:
    """Raises Problem 404, 412, 428."""
    endpoint = _locked(tx, endpoint_id)
    refuse_stale(expected, endpoint.version)
    for name, value in patch.model_dump(exclude_unset=True).items():
        setattr(endpoint, name, value)
    if "on" in patch.model_fields_set:
        endpoint.off_because = None  # that was ours to say; now a person has
    return _changed(tx, endpoint)


def rotate(tx: Tx, endpoint_id: str, secret: bytes, overlap: timedelta, expected: int) -> EndpointOut:
    """The secret before the last is forgotten, however long it was to stay. Raises Problem 404, 412."""
    endpoint = _locked(tx, endpoint_id)
    refuse_stale(expected, endpoint.version)
    endpoint.old_secret, endpoint.old_until = (endpoint.secret, tx.now + overlap) if overlap else (None, None)
    endpoint.secret = secret
    return _changed(tx, endpoint)


def delete(tx: Tx, endpoint_id: str, expected: int) -> None:
    """What waits for it fails, with the reason; the log stays. Raises Problem 404, 409 while a journey uses it, 412."""
    endpoint = _locked(tx, endpoint_id)
    refuse_stale(expected, endpoint.version)
    if using := journeys_using(tx.session, endpoint.name):
        raise conflict(f"Switch it off instead, or change the journeys that use it first: {', '.join(using)}.")
    tx.session.delete(endpoint)
    tx.session.flush()


def stored(session: Session, endpoint_id: str) -> WebhookEndpoint:
    """Raises Problem 404."""
    return found_or_404(session, WebhookEndpoint, endpoint_id, "webhook endpoint")


def read(session: Session, endpoint_id: str) -> EndpointOut:
    return EndpointOut.of(stored(session, endpoint_id))


def _locked(tx: Tx, endpoint_id: str) -> WebhookEndpoint:
    return found_or_404(tx.session, WebhookEndpoint, endpoint_id, "webhook endpoint", lock=True)


def _changed(tx: Tx, endpoint: WebhookEndpoint) -> EndpointOut:
    endpoint.version, endpoint.updated_at = endpoint.version + 1, tx.now
    tx.session.flush()
    return EndpointOut.of(endpoint)
