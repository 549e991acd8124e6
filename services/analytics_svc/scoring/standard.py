"""The points that a new system has: sensible for selling to companies, and meant to be changed over HTTP."""

from typing import Any

from services.analytics_svc.scoring.points import EngagementRule, FitRule, Grades, Points
from shared.conditions import Group, Operator, Rule


def _when(field: str, operator: Operator, value: Any) -> Group:
    return Group(combinator="and", rules=[Rule(field=field, operator=operator, value=value)])


def _any(*rules: Rule) -> Group:
    return Group(combinator="or", rules=list(rules))


def _holding(field: str, *parts: str) -> list[Rule]:
    return [Rule(field=field, operator="contains", value=part) for part in parts]


DECIDES = _any(
    Rule(field="job_title", operator="in", value=["CEO", "CFO", "CIO", "CMO", "COO", "CTO", "VP"]),
    *_holding("job_title", "chief", "founder", "owner", "director", "head of", "vice president"),
)
LEARNS = _any(
    Rule(field="job_title", operator="in", value=["Intern", "intern"]), *_holding("job_title", "student", "trainee")
)
SERVED = _any(*_holding("industry", "software", "financ", "insur", "manufactur", "health"))

STANDARD = Points(
    fit=[
        FitRule(when=_when("has_email", "=", True), points=10, reason="can be reached by e-mail"),
        FitRule(when=_when("has_phone", "=", True), points=5, reason="can be reached by phone"),
        FitRule(when=_when("has_company", "=", True), points=10, reason="speaks for a company"),
        FitRule(when=DECIDES, points=25, reason="decides about purchases"),
        FitRule(when=LEARNS, points=-20, reason="is still learning the trade"),
        FitRule(when=SERVED, points=20, reason="works in an industry that we serve well"),
        FitRule(when=_when("consent", "contains", "marketing:email"), points=10, reason="wants to hear from us"),
    ],
    engagement=[
        EngagementRule(source="demo_request", points=20, reason="asked for a demonstration"),
        EngagementRule(source="referral", points=15, reason="was sent by a customer"),
        EngagementRule(source="webinar", points=10, at_most=2, reason="came to a webinar"),
        EngagementRule(source="event", points=10, at_most=2, reason="met us at an event"),
        EngagementRule(source="website", points=5, at_most=3, reason="came by the website"),
        EngagementRule(source="purchased_list", points=-10, reason="was on a purchased list"),
        EngagementRule(after=1, at_most=4, points=5, reason="came back"),
    ],
    grades=Grades(A=70, B=40),
)
