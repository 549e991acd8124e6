"""Leads as rows of a file: each is taken in as `POST /v1/leads` would, and is an observation of its own.

What the row had is kept sealed like the body of a request; the file itself is sealed, and of a refused row only its
number and the reason are stored.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Self

import orjson
from pydantic import PrivateAttr
from sqlmodel import Session

from services.customer_svc.contacts.capture import Captured, capture
from services.customer_svc.contacts.identity import identifiers
from services.customer_svc.contacts.intake import take_in
from services.customer_svc.contacts.leads import LeadIn
from services.customer_svc.contacts.people import find
from services.customer_svc.contacts.resolving import Arrival, Contradiction, lookups_of, resolve
from services.customer_svc.contacts.sealing import SealedPerson
from shared.database.tx import Tx
from shared.imports.kinds import Cells, Column, Fate, Kind, Outcome, Outside, Refused, Rejected, Type, Unit, also
from shared.principal import Principal
from shared.problems import FieldError
from shared.runtime import Runtime
from shared.vault import Vault

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


async def _preview(runtime: Runtime, rows: Sequence[LeadRow]) -> list[Outcome]:
    arrivals = _arrivals(runtime, rows)
    people, contradictions = resolve(arrivals, await runtime.db.read(_found, lookups_of(arrivals)))
    fates: dict[int, Outcome] = {one.index: _contradiction(one.fields) for one in contradictions}
    for person in people:
        for number, arrival in enumerate(person.arrivals):
            fates[arrival.index] = Fate.CREATED if person.known is None and number == 0 else Fate.CHANGED
    return [fates[place] for place in range(len(rows))]


def _found(session: Session, lookups: Sequence[str]) -> Any:
    return find(session, lookups)


async def _store(runtime: Runtime, by: Principal, rows: Sequence[LeadRow], unit: Unit) -> None:
    arrivals, entered = _arrivals(runtime, rows), False

    def captured(tx: Tx, people: Sequence[SealedPerson], contradictions: Sequence[Contradiction]) -> list[Captured]:
        nonlocal entered
        results: list[Captured] = []

        def store(tx: Tx) -> list[Outcome]:
            results.extend(capture(tx, people, contradictions))
            return [_outcome(one) for one in results]

        unit(tx, store)
        entered = True
        return results

    results = await take_in(runtime.db, _vault(runtime), arrivals, by=by, unit=captured)
    if not entered:  # nobody is to be written, and still these rows are dealt with
        await runtime.db.write(unit, lambda _: [_outcome(one) for one in results], by=by)


def _arrivals(runtime: Runtime, rows: Sequence[LeadRow]) -> list[Arrival]:
    hashed = _vault(runtime).lookup
    return [Arrival(place, row, row.received, identifiers(row, hashed)) for place, row in enumerate(rows)]


def _vault(runtime: Runtime) -> Vault:
    assert runtime.vault is not None  # noqa: S101 - customer_svc has one
    return runtime.vault


def _outcome(captured: Captured) -> Outcome:
    if captured.contradicting:
        return _contradiction(captured.contradicting)
    return Fate.CREATED if captured.created else Fate.CHANGED


def _contradiction(fields: Sequence[str]) -> Rejected:
    detail = "It names another person than the other identifier."
    return Rejected(tuple(FieldError(f"/{name}", "other_contact", detail) for name in fields))


LEADS = Kind(
    "leads",
    where=f"{__name__}:LEADS",
    scope="leads:write",
    about="Leads, each as if it were posted: known people are found by e-mail, or by source and external id. The same "
    "file again is another observation of each.",
    columns=COLUMNS,
    check=LeadRow.of,
    outside=Outside(_preview, _store),
    example="source,email,first_name,consent\nfair,ada@example.com,Ada,marketing:email\n",
)
