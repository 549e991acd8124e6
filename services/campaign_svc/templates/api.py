"""Templates over HTTP: stored as Liquid, checked when saved, shown with made-up facts before anybody gets them."""

import asyncio
from typing import Annotated

from fastapi import Path, Response
from sqlmodel import col

from services.campaign_svc.templates import library
from services.campaign_svc.templates.models import (
    PreviewIn,
    PreviewOut,
    Template,
    TemplateChange,
    TemplateIn,
    TemplateName,
    TemplateOut,
)
from services.campaign_svc.templates.render import Unrenderable, render
from shared.principal import Principal
from shared.problems import invalid_field
from shared.types import Text
from shared.web import Db, IdempotencyKey, IfMatch, Order, Page, Paging, Router, allowed, errors, tagged

router = Router(prefix="/v1/templates", tags=["templates"])

Version = Annotated[int, Path(ge=1, le=2**31 - 1)]
MayRead = Annotated[Principal, allowed("templates:read")]
MayWrite = Annotated[Principal, allowed("templates:write")]

ORDER = Order(
    {"name": col(Template.name), "updated_at": col(Template.updated_at)}, default="name", tie=col(Template.id)
)


@router.get("")
async def list_templates(
    db: Db, by: MayRead, asked: Annotated[Paging, ORDER.asked()], name: TemplateName | None = None
) -> Page[TemplateOut]:
    """Templates, each in its newest version."""
    query = library.templates()
    if name is not None:
        query = query.where(col(Template.name) == name)
    return await db.read(asked.page, query, library.shown)


@router.post("", status_code=201, responses=errors(409))
async def create_template(
    wanted: TemplateIn, db: Db, by: MayWrite, once: IdempotencyKey, response: Response
) -> TemplateOut:
    """A part that is not Liquid is refused with its name and line, a variable that nothing fills with its name; a name
    that is taken with 409.
    """
    await asyncio.to_thread(library.refuse_unfit, wanted)
    template = await db.write(library.create, wanted, by=by, once=once)
    response.headers["Location"] = f"/v1/templates/{template.id}"
    return tagged(response, template)


@router.get("/{template_id}")
async def read_template(template_id: Text, db: Db, by: MayRead, response: Response) -> TemplateOut:
    """The newest version of a template."""
    return tagged(response, await db.read(library.read, template_id))


@router.put("/{template_id}")
async def change_template(
    template_id: Text, wanted: TemplateChange, db: Db, by: MayWrite, expected: IfMatch, response: Response
) -> TemplateOut:
    """Makes a new version, which messages that are not yet sent will use."""
    await asyncio.to_thread(library.refuse_unfit, wanted)
    return tagged(response, await db.write(library.change, template_id, wanted, expected, by=by, lane=template_id))


@router.get("/{template_id}/versions/{version}")
async def read_template_version(template_id: Text, version: Version, db: Db, by: MayRead) -> TemplateOut:
    """A version as messages were written by it, also when there are newer ones."""
    return await db.read(library.read, template_id, version)


@router.post("/{template_id}/preview")
async def preview_template(template_id: Text, wanted: PreviewIn, db: Db, by: MayRead) -> PreviewOut:
    """What somebody with these facts would get. Nothing is sent, nothing is kept."""
    template = await db.read(library.stored, template_id, wanted.version)
    try:
        return PreviewOut.of(await asyncio.to_thread(render, template.parsed, wanted.facts))
    except Unrenderable as fault:
        detail = f"With these facts the {fault.part} cannot be rendered, line {fault.line}: {fault.reason}."
        raise invalid_field("/facts", "unrenderable", detail) from None
