"""What conditions about facts may ask: the fields of a lead, of an alarm and of a change of a channel, typed."""

from collections.abc import Mapping
from typing import get_args

from shared.conditions import FieldType
from shared.contracts.analytics import Grade, Measure
from shared.contracts.customer import Stage

OF_A_LEAD: Mapping[str, FieldType] = {
    "stage": FieldType("text", choices=frozenset(get_args(Stage))),
    "has_email": FieldType("boolean"),
    "has_phone": FieldType("boolean"),
    "has_company": FieldType("boolean"),
    "industry": FieldType("text"),
    "job_title": FieldType("text"),
    "country": FieldType("text"),
    "language": FieldType("text"),
    "time_zone": FieldType("text"),
    "utm.*": FieldType("text"),
    "attributes.*": FieldType("scalar"),
    "consent": FieldType("texts"),
}
"""What is known of a lead before it is scored. `consent` holds permissions such as `marketing:email`."""

OF_A_SCORE: Mapping[str, FieldType] = {
    "score": FieldType("number"),
    "fit": FieldType("number"),
    "engagement": FieldType("number"),
    "grade": FieldType("text", choices=frozenset(get_args(Grade))),
    "source": FieldType("text"),
    "created": FieldType("boolean"),
    "observations": FieldType("number"),
    **OF_A_LEAD,
}
"""`lead.scored`."""

OF_AN_ANOMALY: Mapping[str, FieldType] = {
    "series": FieldType("text"),
    "channel": FieldType("text"),
    "campaign": FieldType("text"),
    "measure": FieldType("text", choices=frozenset(get_args(Measure))),
    "currency": FieldType("text"),
    "actual": FieldType("number"),
    "expected": FieldType("number"),
    "low": FieldType("number"),
    "high": FieldType("number"),
    "direction": FieldType("text", choices=frozenset({"up", "down"})),
    "severity": FieldType("text", choices=frozenset({"notice", "alarm"})),
    "standing": FieldType("boolean"),
}
"""`anomaly.detected`."""

OF_A_CHANGE: Mapping[str, FieldType] = {
    "channel": FieldType("text"),
    "currency": FieldType("text"),
    "measure": FieldType("text", choices=frozenset(get_args(Measure))),
    "before": FieldType("number"),
    "after": FieldType("number"),
    "change": FieldType("number"),
    "direction": FieldType("text", choices=frozenset({"better", "worse"})),
    "impressions": FieldType("number"),
    "clicks": FieldType("number"),
}
"""`channel.performance_changed`."""
