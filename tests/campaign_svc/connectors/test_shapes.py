"""Which changes of a connector make what was stored by it doubtful."""

from datetime import date
from typing import Any

import pytest

from services.campaign_svc.connectors.shapes import ConnectorIn
from services.demo.network import MAPPING, AdNetwork

BY_THE_SAME = {
    "name": "Other",
    "auth": {"kind": "none"},
    "every_seconds": 900,
    "look_back_days": 14,
    "enabled": False,
}
BY_OTHERS = {
    "url": "http://127.0.0.1:9/v2/reports",
    "query": {"since": "{from}", "until": "{to}", "of": "others"},
    "date_format": "%Y%m%d",
    "format": "csv",
    "items": "rows",
    "delimiter": ";",
    "encoding": "latin-1",
    "paging": {"kind": "none"},
    "headers": {"X-Api-Version": "2"},
    "mapping": MAPPING | {"account": {"value": "other"}},
    "days_at_once": 30,
    "since": "2025-01-01",
}


def settings(**given: Any) -> ConnectorIn:
    of_the_demo = AdNetwork(date(2026, 1, 31)).connector("http://127.0.0.1:9")
    return ConnectorIn.model_validate(of_the_demo | {"paging": {"kind": "page", "parameter": "page"}} | given)


@pytest.mark.parametrize("name", ConnectorIn.model_fields)
def test_a_field_counts_for_the_figures_unless_it_says_only_who_asks_and_when(name: str) -> None:
    changed = settings(**{name: (BY_OTHERS | BY_THE_SAME)[name]})
    assert changed != settings()
    assert settings().same_figures(changed) == (name in BY_THE_SAME)
