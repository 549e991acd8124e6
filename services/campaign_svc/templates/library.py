"""The stored templates: made, changed by a new version, found by id or name, and parsed once for many messages."""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import bindparam
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from services.campaign_svc.templates import variables
from services.campaign_svc.templates.models import Template, TemplateContent, TemplateIn, TemplateOut, TemplateVersion
from services.campaign_svc.templates.render import Parsed, Unrenderable, parse
from shared.database import Tx
from shared.database.sql import insert_new
from shared.ids import new_id
from shared.problems import FieldError, conflict, invalid_field, invalid_fields, not_found
from shared.web import found_or_404, refuse_stale

WELCOME = TemplateIn(
    name="welcome",
    subject="Welcome{% if contact.first_name %}, {{ contact.first_name }}{% endif %}",
    text="Hello {{ contact.first_name | default: 'there' }},\n\nthank you for your interest. "
    "One of us will be in touch with you soon.\n\nUntil then: just answer this e-mail, a person reads it.\n\n"
    "You do not want to hear from us? Answer with the word unsubscribe, and we will not write again.",
    html="<p>Hello {{ contact.first_name | default: 'there' }},</p>\n<p>thank you for your interest. "
    "One of us will be in touch with you soon.</p>\n<p>Until then: just answer this e-mail, a person reads it.</p>\n"
    "<p>You do not want to hear from us? Answer with the word unsubscribe, and we will not write again.</p>",
)


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of a template, ready to be rendered."""

    id: str
    name: str
    version: int
    parsed: Parsed


def refuse_unfit(content: TemplateContent) -> None:
    """Raises Problem 422 that names the part, and the line or what is asked for and not there. Takes milliseconds:
    before the transaction, not in it. What was stored before it was so strict is still sent.
    """
    try:
        parsed = _parsed(content.subject, content.text, content.html)
    except Unrenderable as fault:
        raise invalid_field(f"/{fault.part}", "liquid", f"Line {fault.line}: {fault.reason}.") from None
    if found := [FieldError(f"/{part}", "unknown_variable", why) for part, why in variables.faults(parsed)]:
        raise invalid_fields(found)


def create(tx: Tx, wanted: TemplateIn) -> TemplateOut:
    template = _new(tx, wanted)
    if template is None:
        raise conflict("A template of this name exists; change that one, or choose another name.")
    return _kept(tx, template, wanted)


def change(tx: Tx, template_id: str, wanted: TemplateContent, expected: int) -> TemplateOut:
    """A new version. Raises Problem 404, 412, 428."""
    template = found_or_404(tx.session, Template, template_id, "template", lock=True)
    refuse_stale(expected, template.version)
    template.version, template.updated_at = template.version + 1, tx.now
    return _kept(tx, template, wanted)


def seed(tx: Tx) -> None:
    """The templates that a new system has. What stands under their name stays as it is."""
    if template := _new(tx, WELCOME):
        _kept(tx, template, WELCOME)


def read(session: Session, template_id: str, version: int | None = None) -> TemplateOut:
    query = templates().where(col(Template.id) == template_id)
    if version is not None:
        query = _versions().where(col(Template.id) == template_id, col(TemplateVersion.version) == version)
    found = session.execute(query).first()
    if found is None:
        raise not_found("template" if version is None else "version of this template")
    return shown(*found)


def newest(session: Session, name: str) -> Stored | None:
    """The version that messages are written with now."""
    found = session.execute(_NEWEST, {"name": name}).first()
    return _stored(*found) if found else None


def stored(session: Session, template_id: str, version: int | None = None) -> Stored:
    """As `read`, ready to be rendered."""
    found = read(session, template_id, version)
    return Stored(found.id, found.name, found.version, _parsed(*_parts(found)))


def names(session: Session, wanted: set[str]) -> set[str]:
    """Those of the wanted names that have a template."""
    return set(session.exec(select(Template.name).where(col(Template.name).in_(wanted)))) if wanted else set()


def templates() -> Select[Template, TemplateVersion]:
    """Each template with its newest version."""
    return _versions().where(col(TemplateVersion.version) == col(Template.version))


def shown(template: Template, content: TemplateVersion) -> TemplateOut:
    parsed = _parsed(*_parts(content))
    return TemplateOut(
        **template.model_dump(exclude={"version"}),
        **content.model_dump(include={"version", "subject", "text", "html"}),
        variables=[".".join(map(str, path)) for path in parsed.variables],
    )


def _versions() -> Select[Template, TemplateVersion]:
    return select(Template, TemplateVersion).join(TemplateVersion, col(TemplateVersion.template_id) == Template.id)


_NEWEST = templates().where(col(Template.name) == bindparam("name"))  # built once: it runs for every batch of e-mails


def _new(tx: Tx, wanted: TemplateIn) -> Template | None:
    """None where the name is taken."""
    template = Template(id=new_id("tpl"), name=wanted.name, version=1, created_at=tx.now, updated_at=tx.now)
    return template if insert_new(tx.session, Template, [template.model_dump()], returning="id") else None


def _kept(tx: Tx, template: Template, content: TemplateContent) -> TemplateOut:
    version = TemplateVersion(
        template_id=template.id,
        version=template.version,
        **content.model_dump(include={"subject", "text", "html"}),
        created_at=tx.now,
        created_by=tx.by.subject,
    )
    tx.session.add(version)
    tx.session.flush()
    return shown(template, version)


def _stored(template: Template, content: TemplateVersion) -> Stored:
    parsed = _parsed(*_parts(content))
    return Stored(template.id, template.name, content.version, parsed)


def _parts(content: TemplateOut | TemplateVersion) -> tuple[str, str, str | None]:
    return content.subject, content.text, content.html


@lru_cache(maxsize=500)
def _parsed(subject: str, text: str, html: str | None) -> Parsed:
    """Kept by content, so that what was parsed to be checked is not parsed again to be stored, or to be sent."""
    return parse(subject, text, html)
