"""API keys as they are kept: made, rotated, revoked, each change told to the other services with the change itself."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Session

from services.customer_svc.access.refusals import not_for_keys
from services.customer_svc.access.shapes import ApiKeyIn, ApiKeyOut, RotateIn
from shared.access.apikeys import HINT, api_keys, hash_of
from shared.contracts.access import SCOPES_OF
from shared.contracts.customer import ApiKeyChanged
from shared.database import Tx
from shared.ids import new_id
from shared.principal import Principal, scopes_of
from shared.problems import conflict, forbidden, not_found
from shared.types import zulu
from shared.web import Order, Page, Paging, refuse_stale

ORDER = Order({"created_at": api_keys.c.created_at}, default="-created_at", tie=api_keys.c.id)


def make(tx: Tx, asked: ApiKeyIn, secret: str) -> str:
    """The id of the new key."""
    require_entitled(tx.by, asked.roles, asked.scopes)
    key_id = new_id("key")
    row = _of_secret(secret, tx.now, asked.expires_in_days) | {
        "id": key_id,
        "version": 1,
        "roles": asked.roles,
        "scopes": asked.scopes,
        "made_by": tx.by.subject,
        "rotated_by": [],
        "name": asked.name,
        "created_at": tx.now,
    }
    tx.session.execute(insert(api_keys).values(row))
    return _told(tx, key_id)


def rotate(tx: Tx, key_id: str, asked: RotateIn, expected: int, secret: str) -> str:
    """The old secret stays good for the stated time. Two are good at a time: a third would end one that is in use."""
    key = _locked(tx, key_id)
    require_entitled(tx.by, key.roles, key.scopes)
    refuse_stale(expected, key.version)
    if key.revoked_at is not None:
        raise conflict("A revoked key stays revoked; make a new one.")
    shown = {"rotated_by": sorted({*(key.rotated_by or ()), tx.by.subject} - {key.made_by})}
    return _change(tx, key, shown | _former(tx, key, asked) | _of_secret(secret, tx.now, asked.expires_in_days))


def _former(tx: Tx, key: Any, asked: RotateIn) -> dict[str, Any]:
    """Which secret is good beside the new one, and until when."""
    if asked.lost:
        return {}
    if asked.grace_seconds and key.former_until is not None and key.former_until > tx.now:
        raise conflict(
            f"Two secrets of this key are good until {zulu(key.former_until)}. Rotate it then; or, if the newest "
            "reached nobody, as `lost`; or with `grace_seconds` 0, which ends both."
        )
    until = min(tx.now + timedelta(seconds=asked.grace_seconds), key.expires_at)
    return {"former_hash": key.secret_hash, "former_until": until}


def revoke(tx: Tx, key_id: str, expected: int | None) -> str:
    """From the commit on it is good for nothing here, and elsewhere as soon as the fact arrives."""
    key = _locked(tx, key_id)
    refuse_stale(expected, key.version)
    return key_id if key.revoked_at is not None else _change(tx, key, {"revoked_at": tx.now})


def require_entitled(by: Principal, roles: Iterable[str], scopes: Iterable[str]) -> None:
    """Nobody hands on more than they have; and a key makes no keys, so that revoking one leaves none behind."""
    if by.subject.startswith("key:"):
        raise not_for_keys()
    if missing := scopes_of(SCOPES_OF, roles, scopes) - by.scopes:
        raise forbidden(min(missing))


def listed(session: Session, asked: Paging, now: datetime) -> Page[ApiKeyOut]:
    names = api_keys.c.keys()
    return asked.page(session, select(api_keys), lambda *row: _shown(dict(zip(names, row, strict=True)), now))


def one(session: Session, key_id: str, now: datetime) -> ApiKeyOut:
    found = session.execute(select(api_keys).where(api_keys.c.id == key_id)).mappings().first()
    if found is None:
        raise not_found("API key")
    return _shown(dict(found), now)


def _shown(row: dict[str, Any], now: datetime) -> ApiKeyOut:
    state = "revoked" if row["revoked_at"] else "expired" if row["expires_at"] <= now else "active"
    return ApiKeyOut.model_validate(row | {"state": state, "rotated_by": row["rotated_by"] or []})


def _of_secret(secret: str, now: datetime, days: int) -> dict[str, Any]:
    return {"secret_hash": hash_of(secret), "hint": secret[:HINT], "expires_at": now + timedelta(days=days)}


def _locked(tx: Tx, key_id: str) -> Any:
    key = tx.session.execute(select(api_keys).where(api_keys.c.id == key_id).with_for_update()).first()
    if key is None:
        raise not_found("API key")
    return key


def _change(tx: Tx, key: Any, values: dict[str, Any]) -> str:
    tx.session.execute(update(api_keys).where(api_keys.c.id == key.id).values(version=key.version + 1, **values))
    return _told(tx, key.id)


def _told(tx: Tx, key_id: str) -> str:
    key = tx.session.execute(select(api_keys).where(api_keys.c.id == key_id)).mappings().one()
    state = {name: key[name] for name in ApiKeyChanged.data_fields() - {"key_id"}}
    state["rotated_by"] = key["rotated_by"] or []  # null of a key that was made before there was such a column
    tx.emit(ApiKeyChanged(key_id=key_id, sequence=key["version"], occurred_at=tx.now, **state))
    return key_id
