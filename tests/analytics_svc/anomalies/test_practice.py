"""The test on real series it was not made for, beside a global z-score: one set of parameters, windows hit and false
alarms printed. Run with `-s` to see the table.

Both series are read by the hour, the mentions as sums, with the hour of the week as season. The global z-score is the
usual first try: three standard deviations from the mean, once of the whole file, whose future it thus knows, and once
of what came before.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pytest

from services.analytics_svc.anomalies.expectation import Reading
from tests.analytics_svc.anomalies.chance import verdicts
from tests.shared.practice import practice_csv, practice_json

MONDAY = datetime(2011, 1, 3)  # the files have naive times
WEEK, DAY = 168, 24
MENTIONS = "Twitter_volume"

Window = tuple[int, int]


@dataclass(frozen=True)
class Score:
    hits: int
    windows: int
    false: int

    @classmethod
    def of(cls, alarms: Iterable[int], windows: Sequence[Window]) -> "Score":
        raised = set(alarms)
        inside = {hour for hour in raised for first, last in windows if first <= hour <= last}
        hits = sum(any(first <= hour <= last for hour in raised) for first, last in windows)
        return cls(hits, len(windows), len(raised - inside))

    def __str__(self) -> str:
        return f"{self.hits:>4} of {self.windows} {self.false:>5} false"


def hour_of(timestamp: str) -> int:
    return int((datetime.fromisoformat(timestamp) - MONDAY).total_seconds() // 3600)


def hourly(file: str) -> list[Reading]:
    """A gap stays a gap. Of a timestamp that is there twice the last row holds, as of two revisions."""
    rows = {row["timestamp"]: float(row["value"]) for row in practice_csv(f"anomalies/{file}")}
    hours: defaultdict[int, list[float]] = defaultdict(list)
    for timestamp, value in rows.items():
        hours[hour_of(timestamp)].append(value)
    counted = file.startswith(MENTIONS)
    return [
        Reading(hour, (hour % WEEK, hour % DAY), value, value if counted else None)
        for hour, found in sorted(hours.items())
        for value in (sum(found) if counted else found[-1],)
    ]


def far_from_all(readings: Sequence[Reading]) -> list[int]:
    values = [reading.value for reading in readings]
    mean, spread = statistics.mean(values), statistics.pstdev(values)
    return [reading.step for reading in readings if abs(reading.value - mean) > 3 * spread]


def far_from_past(readings: Sequence[Reading]) -> list[int]:
    found, total, squares = [], 0.0, 0.0
    for n, (step, _, value, _) in enumerate(readings):
        if n >= 14 and abs(value - total / n) > 3 * math.sqrt(max(squares / n - (total / n) ** 2, 0.0)):
            found.append(step)
        total, squares = total + value, squares + value * value
    return found


def test_windows_of_real_series_are_hit_with_fewer_false_alarms_than_a_global_z_score() -> None:
    known = practice_json("anomalies/expected.json")
    sums = {name: Score(0, 0, 0) for name in ("alarms", "with notices", "z of all", "z of the past")}
    print(f"\n{'':28}" + "".join(f"{name:>20}" for name in sums))
    for file, about in known.items():
        windows = [(hour_of(first), hour_of(last)) for first, last in about["windows"]]
        scores = {name: Score.of(hours, windows) for name, hours in raised(hourly(file)).items()}
        print(f"{file:28}" + "".join(f"{score!s:>20}" for score in scores.values()))
        sums = {name: added(sums[name], scores[name]) for name in sums}
    print(f"{'all':28}" + "".join(f"{score!s:>20}" for score in sums.values()))
    assert sums["alarms"].hits >= 0.75 * sums["alarms"].windows
    assert sums["alarms"].false < 0.75 * min(sums["z of all"].false, sums["z of the past"].false)


def raised(readings: Sequence[Reading]) -> dict[str, list[int]]:
    said = verdicts(readings, WEEK)
    return {
        "alarms": [step for step, verdict in said.items() if verdict.severity == "alarm"],
        "with notices": list(said),
        "z of all": far_from_all(readings),
        "z of the past": far_from_past(readings),
    }


def added(one: Score, other: Score) -> Score:
    return Score(one.hits + other.hits, one.windows + other.windows, one.false + other.false)


@pytest.mark.parametrize("file", ["exchange-2_cpc_results.csv", "exchange-3_cpc_results.csv"])
def test_gaps_and_doubled_timestamps_are_as_the_data_says(file: str) -> None:
    about = practice_json("anomalies/expected.json")[file]
    rows = practice_csv(f"anomalies/{file}")
    assert len(rows) == about["rows"]
    assert len(rows) - len({row["timestamp"] for row in rows}) == about["duplicate_timestamps"]
    assert len(hourly(file)) <= about["rows"] - about["duplicate_timestamps"]
