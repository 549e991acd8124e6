"""Ad metrics as rows of a file: how networks call their columns, and how a row becomes a report."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session

from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.ads.models import metrics
from services.campaign_svc.ads.reporting import report
from services.campaign_svc.ads.revising import Claim
from services.campaign_svc.ads.settling import Settled, Step, by_metric
from shared.clock import utc_now
from shared.database.tx import Tx
from shared.imports.kinds import Cells, Column, Fate, Kind, Outcome, Type, also
from shared.imports.moneys import take_money

MONEY = ("spend", "revenue")
FATES = {"new": Fate.CREATED, "revised": Fate.CHANGED}
NESTED = ("dimensions", "conversions")


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


def _preview(session: Session, rows: Sequence[MetricIn]) -> list[Outcome]:
    arrivals = by_metric(rows, utc_now())
    query = select(metrics.c.id, metrics.c.version, metrics.c.as_of, metrics.c.digest)
    found = session.execute(query.where(metrics.c.id.in_(arrivals))).all()
    standing = {row.id: Settled(row.id, row.version, Claim(row.as_of, row.digest)) for row in found}
    settled = [standing.get(one, Settled(one)).apply(about) for one, about in arrivals.items()]
    steps: list[Step] = sorted((step for one in settled for step in one.steps), key=lambda step: step.arrival.index)
    return [FATES.get(step.made, Fate.UNCHANGED) for step in steps]


def _store(tx: Tx, rows: Sequence[MetricIn]) -> list[Outcome]:
    return [FATES.get(one.outcome, Fate.UNCHANGED) for one in report(tx, rows)]


AD_METRICS = Kind(
    "ad-metrics",
    where=f"{__name__}:AD_METRICS",
    scope="ad-metrics:write",
    about="What ad networks report by account, campaign, ad, day and dimensions; the same key again is a revision.",
    columns=COLUMNS,
    check=check,
    preview=_preview,
    store=_store,
    example="channel,campaign,day,impressions,clicks,spend,currency\nsearch,brand,2026-01-30,7350,12,14.30,EUR\n",
)
