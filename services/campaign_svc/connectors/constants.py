"""Constants of a mapping that no metric could have: refused when a connector is saved, not once for every row."""

from pydantic import ValidationError

from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.connectors.mapping_shapes import Mapping, TextFrom

PLAIN = {"channel": "any", "day": "2026-01-31"}
"""What a metric needs at least."""


def refused(mapping: Mapping) -> dict[str, str]:
    """By the pointer of each constant that cannot pass, why."""
    single = {name: getattr(mapping, name) for name in ("channel", "campaign", "account", "ad")}
    found = {name: _refusal(one, **{name: one.value}) for name, one in single.items() if one}
    if (currency := mapping.currency) is not None:
        found["currency"] = _refusal(currency, spend={"amount": "1", "currency": currency.value})
    for name, one in mapping.dimensions.items():
        found[f"dimensions/{name}"] = _refusal(one, dimensions={name: one.value})
    return {f"/mapping/{name}/value": why for name, why in found.items() if why}


def _refusal(source: TextFrom, **fields: object) -> str:
    """What a metric with this constant, and all else as it should be, is refused for."""
    if source.value is None:
        return ""
    try:
        MetricIn.model_validate(PLAIN | fields)
    except ValidationError as error:
        return error.errors(include_input=False)[0]["msg"]
    return ""
