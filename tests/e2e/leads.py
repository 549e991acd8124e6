"""Made-up leads whose grade is known beforehand, from the points that a new system has."""

from typing import Any

PERMISSION = [{"purpose": "marketing", "channel": "email"}]


def grade_a(who: str, *, consent: bool = True) -> dict[str, Any]:
    """Decides, in an industry that is served, and asked for a demonstration."""
    plain = {"company": "Mill Works", "job_title": "CTO", "industry": "software", "source": "demo_request"}
    return plain | _person(who) | ({"consent": PERMISSION} if consent else {})


def grade_b(who: str) -> dict[str, Any]:
    plain = {"company": "Mill Works", "industry": "software", "source": "website", "consent": PERMISSION}
    return plain | _person(who)


def grade_c(who: str) -> dict[str, Any]:
    return {"source": "purchased_list", "consent": PERMISSION} | _person(who)


def _person(who: str) -> dict[str, Any]:
    return {"email": f"{who}@mill.example", "name": who.title()}
