"""Companies as rows of a file: which columns they have in the world, and how a row becomes what is recorded."""

from collections.abc import Sequence

from sqlmodel import Session

from services.customer_svc.companies import Arriving, CompanyIn, Recorded, arriving, preview, record
from shared.clock import utc_now
from shared.database.tx import Tx
from shared.imports.kinds import Cells, Column, Fate, Kind, Outcome, Rejected, Type, also
from shared.imports.moneys import take_money
from shared.problems import FieldError

MONEY = ("revenue", "profit", "assets")


COLUMNS = (
    Column(
        "name",
        required=True,
        synonyms=also(
            "company, company name, customer, customer name, account name, organisation, organization, firm, firma, "
            "unternehmen, société, entreprise, empresa, nazwa, компания, 会社名, 公司, 公司名称"
        ),
    ),
    Column("industry", synonyms=also("sector, branch, branche, secteur, industria, отрасль, 業種, 行业")),
    Column("country", synonyms=also("country code, land, pays, país, kraj, страна, 国, 国家")),
    Column("domain", synonyms=also("website, web site, web, url, homepage, webseite")),
    Column("revenue", Type.DECIMAL, also("sales, turnover, annual revenue, umsatz, chiffre d'affaires, ingresos")),
    Column("profit", Type.DECIMAL, also("net income, earnings, gewinn, bénéfice, beneficio")),
    Column("assets", Type.DECIMAL, also("total assets, bilanzsumme, actifs, activos")),
    Column("employees", Type.INTEGER, also("number of employees, headcount, staff, mitarbeiter, effectif")),
    Column("currency", synonyms=also("currency code, währung, devise, moneda"), about="Of all money in the row."),
    Column("source", about="The system that the file comes from."),
    Column("external_id", synonyms=also("source id"), about="The id of the company in `source`."),
)


def check(cells: Cells) -> CompanyIn:
    take_money(cells, MONEY)
    return CompanyIn.model_validate(cells)


def _preview(session: Session, rows: Sequence[CompanyIn]) -> list[Outcome]:
    return [_outcome(one) for one in preview(session, [arriving(row) for row in rows], utc_now())]


def _store(tx: Tx, rows: Sequence[Arriving]) -> list[Outcome]:
    return [_outcome(one) for one in record(tx, rows)]


def _outcome(recorded: Recorded) -> Outcome:
    if recorded.contradicting:
        return Rejected(tuple(_other_company(name) for name in recorded.contradicting))
    if recorded.created:
        return Fate.CREATED
    return Fate.CHANGED if recorded.changed else Fate.UNCHANGED


def _other_company(field: str) -> FieldError:
    return FieldError(f"/{field}", "other_company", "It names another company than the other identifier.")


COMPANIES = Kind(
    "companies",
    where=f"{__name__}:COMPANIES",
    scope="companies:write",
    about="Companies, each found by the id of its source, its domain, or its name in its country.",
    columns=COLUMNS,
    check=check,
    preview=_preview,
    store=_store,
    ready=arriving,
    rows=500,
    example="name;industry;country;revenue;currency\nAnalytical Engines;Software;Germany;9010.00;USD\n",
)
