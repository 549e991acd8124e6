"""API keys over HTTP: for programs that ask as a person does, with nobody there to sign in."""

from typing import Annotated

from fastapi import Path, Response

from services.customer_svc.access import keeping
from services.customer_svc.access.shapes import ID, ApiKeyIn, ApiKeyMade, ApiKeyOut, RotateIn
from shared.access.apikeys import new_secret
from shared.principal import Principal
from shared.web import Db, IdempotencyKey, IfMatch, MayMatch, Page, Paging, Router, allowed, errors, etag

router = Router(prefix="/v1/api-keys", tags=["api keys"])

MayRead = Annotated[Principal, allowed("api-keys:read")]
MayWrite = Annotated[Principal, allowed("api-keys:write")]
KeyId = Annotated[str, Path(max_length=60, examples=[ID])]


@router.post("", status_code=201, responses=errors(409))
async def make_api_key(asked: ApiKeyIn, response: Response, db: Db, by: MayWrite, once: IdempotencyKey) -> ApiKeyMade:
    """Make a key. Its secret is in this answer and nowhere else; send it as `Authorization: Bearer rmk_...`."""
    asked.require_known()
    secret = new_secret()
    key_id = await db.write(keeping.make, asked, secret, by=by, once=once)
    return await _made(db, key_id, None if once and once.replayed else secret, response)


@router.get("")
async def list_api_keys(asked: Annotated[Paging, keeping.ORDER.asked()], db: Db, by: MayRead) -> Page[ApiKeyOut]:
    """Every key that was made, also those that are no longer good: what it may, until when, and its last use."""
    return await db.read(keeping.listed, asked, db.clock())


@router.get("/{key_id}")
async def read_api_key(key_id: KeyId, response: Response, db: Db, by: MayRead) -> ApiKeyOut:
    """One key, without its secret, which nobody can be shown again."""
    return await _shown(db, key_id, response)


@router.post("/{key_id}/rotate", responses=errors(409))
async def rotate_api_key(
    key_id: KeyId, asked: RotateIn, expected: IfMatch, response: Response, db: Db, by: MayWrite, once: IdempotencyKey
) -> ApiKeyMade:
    """A new secret for the same key, shown this once; the old one stays good for a stated time."""
    secret = new_secret()
    await db.write(keeping.rotate, key_id, asked, expected, secret, by=by, lane=key_id, once=once)
    return await _made(db, key_id, None if once and once.replayed else secret, response)


@router.post("/{key_id}/revoke")
async def revoke_api_key(key_id: KeyId, expected: MayMatch, response: Response, db: Db, by: MayWrite) -> ApiKeyOut:
    """At once good for nothing, and for ever. A second time changes nothing."""
    await db.write(keeping.revoke, key_id, expected, by=by, lane=key_id)
    return await _shown(db, key_id, response)


async def _made(db: Db, key_id: str, secret: str | None, response: Response) -> ApiKeyMade:
    shown = await _shown(db, key_id, response)
    return ApiKeyMade(**shown.model_dump(), secret=secret)


async def _shown(db: Db, key_id: str, response: Response) -> ApiKeyOut:
    key = await db.read(keeping.one, key_id, db.clock())
    etag(response, key.version)
    return key
