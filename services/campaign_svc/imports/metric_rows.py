"""Ad metrics as rows of a file: how networks call their columns, and how a row becomes a report."""

from services.campaign_svc.ads.metrics import MetricIn
from shared.imports.moneys import take_money
from shared.imports.shapes import Cells, Column, Shape, Type, also

MONEY = ("spend", "revenue")

COLUMNS = (
    Column("channel", required=True, synonyms=also("platform, network"), about="Often the same for the whole file."),
    Column("account", synonyms=also("account id, customer id, ad account id")),
    Column("campaign", synonyms=also("campaign id, campaign name")),
    Column("ad", synonyms=also("ad id, ad name")),
    Column("day", Type.DATE, also("date, reporting date, datum, fecha, jour"), required=True),
    Column("impressions", Type.INTEGER, also("impr, views")),
    Column("clicks", Type.INTEGER, also("inline link clicks, link clicks")),
    Column("spend", Type.DECIMAL, also("spent, cost, amount spent, kosten, dépenses, gasto")),
    Column("revenue", Type.DECIMAL, also("conversion value, conversions value, umsatz")),
    Column("currency", synonyms=also("currency code, account currency, währung, devise, moneda")),
    Column("conversions.*", Type.DECIMAL, about="By kind: `conversions.sale`."),
    Column("dimensions.*", about="What figures are broken down by: `dimensions.age`."),
    Column("as_of", Type.TIME, about="When the network said so; the time of storing, if absent."),
)


def check(cells: Cells) -> MetricIn:
    take_money(cells, MONEY)
    return MetricIn.model_validate(_nested(cells))


def _nested(cells: Cells) -> Cells:
    """`dimensions.age` goes into `dimensions`."""
    flat: Cells = {}
    for name, value in cells.items():
        whole, dot, part = name.partition(".")
        if dot:
            flat.setdefault(whole, {})[part] = value
        else:
            flat[name] = value
    return flat


METRIC_ROWS = Shape("ad-metrics", where=f"{__name__}:METRIC_ROWS", columns=COLUMNS, check=check)
