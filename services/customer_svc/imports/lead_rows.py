"""Leads as rows of a file: which columns they have in the world, and how a row becomes a lead.

What the row had is kept sealed like the body of a request; the file itself is sealed, and of a refused row only its
number and the reason are stored.
"""

from collections.abc import Iterable
from typing import Any, Self

import orjson
from pydantic import PrivateAttr

from services.customer_svc.contacts.leads import LeadIn
from shared.imports.shapes import Cells, Column, Refused, Shape, Type, also
from shared.problems import FieldError

NESTED = ("utm", "attributes")
CONSENT = FieldError("/consent", "consent", "Expected permissions such as marketing:email, separated by blanks.")

COLUMNS = (
    Column("source", required=True, synonyms=also("lead source, origin, quelle"), about="Where the lead comes from."),
    Column("external_id", synonyms=also("source id, lead id"), about="The id of this person in `source`."),
    Column("email", synonyms=also("e-mail, mail, email address, e-mail-adresse, courriel, correo, メール, 邮箱")),
    Column("phone", synonyms=also("telephone, phone number, mobile, telefon, téléphone, teléfono, 電話, 电话")),
    Column("phone_region", about="The country whose national numbers are meant, such as DE."),
    Column("name", synonyms=also("full name, contact, contact name, nom complet, 氏名, 姓名")),
    Column("first_name", synonyms=also("given name, vorname, prénom, nombre, 名")),
    Column("last_name", synonyms=also("surname, family name, nachname, nom, apellido, 姓")),
    Column("company", synonyms=also("organisation, organization, account, firma, entreprise, empresa, 会社名, 公司")),
    Column("industry", synonyms=also("sector, branche, secteur")),
    Column("job_title", synonyms=also("title, position, role")),
    Column("country", synonyms=also("land, pays, país")),
    Column("language", synonyms=also("locale, sprache, langue, idioma")),
    Column("time_zone", synonyms=also("timezone, tz")),
    Column("message", synonyms=also("comment, note, notes, nachricht")),
    Column("occurred_at", Type.TIME, also("created at, date, time"), about="RFC 3339; now, where absent."),
    Column("consent", about="Permissions such as `marketing:email service:phone`: purpose and channel of each."),
    *(Column(f"utm.{name}") for name in ("source", "medium", "campaign", "term", "content")),
    Column("attributes.*", about="Anything else; 120, -3.5, true and false are what they say, 0120 is a text."),
)


class LeadRow(LeadIn):
    """A lead, and the row as it stood in the file."""

    _received: bytes = PrivateAttr(b"")

    @classmethod
    def of(cls, cells: Cells) -> Self:
        row = cls.model_validate(_nested(cells))
        row._received = orjson.dumps(cells)
        return row

    @property
    def received(self) -> bytes:
        return self._received


def _nested(cells: Cells) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field, text in cells.items():
        whole, _, name = field.partition(".")
        if whole in NESTED:
            values.setdefault(whole, {})[name] = _scalar(text) if whole == "attributes" else text
        else:
            values[field] = list(_permissions(text)) if field == "consent" else text
    return values


def _permissions(text: str) -> Iterable[dict[str, str]]:
    for word in text.replace(",", " ").replace(";", " ").split():
        purpose, colon, channel = word.lower().partition(":")
        if not colon:
            raise Refused(CONSENT)
        yield {"purpose": purpose, "channel": channel}


def _scalar(text: str) -> str | int | float | bool:
    """What JSON would write in these very letters, else the text."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    plain = isinstance(value, int | float) and orjson.dumps(value).decode() == text
    return value if plain else text


LEAD_ROWS = Shape("leads", where=f"{__name__}:LEAD_ROWS", columns=COLUMNS, check=LeadRow.of)
