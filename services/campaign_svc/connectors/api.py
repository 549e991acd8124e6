"""Connectors over HTTP: where an ad network's figures are, tried before they are relied upon, and the log of pulls."""

from typing import Annotated

from fastapi import Response
from sqlmodel import Session, col, select

from services.campaign_svc.connectors import constants, keeping, trying
from services.campaign_svc.connectors.models import Connector, ConnectorChange, ConnectorOut, Pull, PullOut, TrialOut
from services.campaign_svc.connectors.pulling import outgoing_of
from services.campaign_svc.connectors.sealed import Sealed
from services.campaign_svc.connectors.shapes import ConnectorIn
from shared.ids import new_id
from shared.outgoing import require_address
from shared.principal import Principal
from shared.problems import FieldError, invalid_fields
from shared.runtime import Running
from shared.types import Text
from shared.web import Db, IdempotencyKey, IfMatch, Order, Page, Paging, Router, allowed, errors, found_or_404, tagged

router = Router(prefix="/v1/connectors", tags=["connectors"])

MayRead = Annotated[Principal, allowed("connectors:read")]
MayWrite = Annotated[Principal, allowed("connectors:write")]


ORDER = Order(
    {"name": col(Connector.name), "created_at": col(Connector.created_at)}, default="name", tie=col(Connector.id)
)
PULLS = Order({"planned_at": col(Pull.planned_at)}, default="-planned_at", tie=col(Pull.id))


@router.get("")
async def list_connectors(db: Db, by: MayRead, asked: Annotated[Paging, ORDER.asked()]) -> Page[ConnectorOut]:
    """Connectors without their credentials, with how they fare."""
    return await db.read(asked.page, select(Connector), ConnectorOut.of)


@router.post("", status_code=201, responses=errors(409))
async def create_connector(
    wanted: ConnectorIn, db: Db, runtime: Running, by: MayWrite, once: IdempotencyKey, response: Response
) -> ConnectorOut:
    """The first pull begins at once, unless it is switched off. An address that is not public is refused."""
    _refuse_constants(wanted)
    await require_address(wanted.url, local=runtime.settings.private_addresses)
    connector_id = new_id("pul")
    credential = Sealed(runtime.settings.master).seal_credential(connector_id, wanted.credential)
    connector = await db.write(keeping.create, connector_id, wanted, credential, by=by, once=once)
    response.headers["Location"] = f"/v1/connectors/{connector.id}"
    return tagged(response, connector)


@router.get("/{connector_id}")
async def read_connector(connector_id: Text, db: Db, by: MayRead, response: Response) -> ConnectorOut:
    """A connector without its credential."""
    return tagged(response, await db.read(_connector, connector_id))


@router.put("/{connector_id}", responses=errors(409))
async def change_connector(
    connector_id: Text,
    wanted: ConnectorChange,
    db: Db,
    runtime: Running,
    by: MayWrite,
    expected: IfMatch,
    response: Response,
) -> ConnectorOut:
    """A pull that is under way stops, and one by the new settings begins. Without a credential the stored one stays,
    as long as the address is at the same host; without `enabled` it is not switched.
    """
    _refuse_constants(wanted)
    await require_address(wanted.url, local=runtime.settings.private_addresses)
    credential = Sealed(runtime.settings.master).seal_credential(connector_id, wanted.credential)
    change = keeping.change, connector_id, wanted, credential, expected
    return tagged(response, await db.write(*change, by=by, lane=connector_id))


@router.delete("/{connector_id}", status_code=204)
async def remove_connector(connector_id: Text, db: Db, by: MayWrite, expected: IfMatch) -> None:
    """With its log. The figures that it brought stay."""
    await db.write(keeping.remove, connector_id, expected, by=by, lane=connector_id)


@router.post("/{connector_id}/test")
async def try_connector(connector_id: Text, db: Db, runtime: Running, by: MayWrite) -> TrialOut:
    """Asks for the first page and shows what would be stored of it. Nothing is."""
    begun = await db.read(trying.as_if_begun, connector_id, db.clock())
    outgoing = outgoing_of(runtime)
    try:
        return await trying.tried(outgoing, Sealed(runtime.settings.master), begun)
    finally:
        await outgoing.close()


@router.post("/{connector_id}/pull", status_code=202, responses=errors(409))
async def pull_connector(connector_id: Text, db: Db, by: MayWrite) -> PullOut:
    """Now, in place of the planned one. Where one is under way, it is that one."""
    return await db.write(keeping.pull_now, connector_id, by=by, lane=connector_id)


@router.get("/{connector_id}/pulls")
async def list_pulls(connector_id: Text, db: Db, by: MayRead, asked: Annotated[Paging, PULLS.asked()]) -> Page[PullOut]:
    """What each pull asked for and brought, the newest first."""
    return await db.read(_pulls, connector_id, asked)


def _refuse_constants(wanted: ConnectorIn) -> None:
    """Raises Problem 422."""
    if found := constants.refused(wanted.mapping):
        raise invalid_fields([FieldError(pointer, "constant", why) for pointer, why in found.items()])


def _connector(session: Session, connector_id: str) -> ConnectorOut:
    return ConnectorOut.of(found_or_404(session, Connector, connector_id, "connector"))


def _pulls(session: Session, connector_id: str, asked: Paging) -> Page[PullOut]:
    _connector(session, connector_id)
    return asked.page(session, select(Pull).where(col(Pull.connector_id) == connector_id), PullOut.of)
