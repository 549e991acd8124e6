"""Reports about one key, applied one after another to what stands. Pure, as it may have to be done twice: once as if
nothing stood, and again where something did."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.ads.revising import NEWS, Claim, Made, digest, metric_id, revision_id, step


@dataclass(frozen=True, slots=True)
class Arrival:
    """One report on its way: its place in the request, and what it claims."""

    index: int
    metric_id: str
    revision_id: str
    metric: MetricIn
    claim: Claim

    @classmethod
    def of(cls, index: int, metric: MetricIn, now: datetime) -> "Arrival":
        claim = Claim(metric.as_of or now, digest(metric))
        identity = metric_id(metric)
        return cls(index, identity, revision_id(identity, claim), metric, claim)


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one report, and the version that it led to, if it changed what stands."""

    arrival: Arrival
    made: Made
    sequence: int | None


@dataclass(slots=True)
class Settled:
    """What stands of one key after its reports. `latest` is the one that stands, None where what was stored does."""

    metric_id: str
    version: int = 0
    claim: Claim | None = None
    latest: Arrival | None = None
    confirmed: bool = False
    steps: list[Step] = field(default_factory=list)

    def apply(self, arrivals: Iterable[Arrival]) -> "Settled":
        for arrival in arrivals:
            made = step(self.claim, arrival.claim, arrival.metric.day)
            if made in NEWS:
                self.version, self.latest = self.version + 1, arrival
            if made in (*NEWS, "confirmed"):
                self.claim = arrival.claim
            self.confirmed |= made == "confirmed"
            self.steps.append(Step(arrival, made, self.version if made in NEWS else None))
        return self


def by_metric(rows: Sequence[MetricIn], now: datetime) -> dict[str, list[Arrival]]:
    """In the order of the ids, which is the order of the locks."""
    found: dict[str, list[Arrival]] = {}
    for index, metric in enumerate(rows):
        arrival = Arrival.of(index, metric, now)
        found.setdefault(arrival.metric_id, []).append(arrival)
    return dict(sorted(found.items()))
