"""Titles of tasks: Liquid over the facts that were decided on, checked when a journey is saved, one line at the end."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

from services.campaign_svc.templates.render import Parsed, Unrenderable, parse, render


def fault(title: str, facts: AbstractSet[str]) -> str | None:
    """What is wrong with it, as a sentence; None where it can be rendered from facts of these names."""
    try:
        asked = {str(path[0]) for path in _parsed(title).variables if path}
    except Unrenderable as why:
        return f"{why.reason[:1].upper()}{why.reason[1:]}."
    unknown = ", ".join(sorted(asked - facts))
    return f"No fact of this entry is called {unknown}; there are {', '.join(sorted(facts))}." if unknown else None


def title_of(title: str, facts: Mapping[str, Any]) -> str:
    """Whatever the facts hold, the task comes to be: a title that cannot be rendered stands as it was written."""
    if "{{" not in title and "{%" not in title:
        return title
    try:
        return render(_parsed(title), facts).subject or title
    except Unrenderable:
        return title


@lru_cache(maxsize=500)
def _parsed(title: str) -> Parsed:
    return parse(title, "")
