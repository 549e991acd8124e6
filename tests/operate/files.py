"""The files that an operator takes from `deploy/` and `docs/`, read as those read them who use them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operate.md"
RULES = ROOT / "deploy" / "prometheus" / "rainmaker.rules.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "rainmaker.json"

GRAFANAS_OWN = {"$__rate_interval": "1m", "$service": ".+"}
"""What Grafana puts in place of its variables, or a thing of the same kind."""


@dataclass(frozen=True, slots=True)
class Target:
    """One expression of a panel."""

    panel: str
    expression: str


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return list(json.loads(DASHBOARD.read_text())["panels"])


def targets() -> list[Target]:
    found = []
    for panel in panels():
        for target in panel.get("targets", ()):
            expression = target["expr"]
            for variable, value in GRAFANAS_OWN.items():
                expression = expression.replace(variable, value)
            found.append(Target(panel["title"], expression))
    return found


def anchors() -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", PAGE.read_text(), flags=re.S), re.M)
    return {"docs/operate.md#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
