"""Companies as rows of a file: which columns they have in the world, and how a row becomes a company that arrives."""

from services.customer_svc.companies.arriving import arriving
from services.customer_svc.companies.shapes import CompanyIn
from shared.imports.moneys import take_money
from shared.imports.shapes import Cells, Column, Shape, Type, also

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


COMPANY_ROWS = Shape(
    "companies",
    where=f"{__name__}:COMPANY_ROWS",
    columns=COLUMNS,
    check=check,
    ready=arriving,
    rows=500,
)
