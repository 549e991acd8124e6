"""What the load generator sends: each lead a new person, each metric a new key, so that nothing is known already."""

import itertools
import secrets
from collections.abc import Callable

LEAD = (
    '"name":"Amara Quillfeather","company":"Umbra Bearings","industry":"manufacturing","job_title":"Buyer",'
    '"phone":"+4930231250%02d","country":"DE","consent":[{"purpose":"marketing","channel":"email"}],'
    '"utm":{"source":"newsletter"}'
)
METRIC = (
    '"account":"main","channel":"search","dimensions":{"age":"30-34","gender":"M"},"impressions":7350,"clicks":12,'
    '"spend":{"amount":"14.30","currency":"EUR"},"conversions":{"lead":"2","sale":1},'
    '"revenue":{"amount":"99.00","currency":"EUR"},"as_of":"2026-01-31T06:00:00Z"'
)


def _lead(run: str, number: int) -> str:
    return f'{{"source":"website","email":"p{number}@{run}.example",{LEAD % (number % 100)}}}'


def _metric(run: str, number: int) -> str:
    day = f"2026-01-{number % 30 + 1:02d}"
    return f'{{"campaign":"c{number % 50}","ad":"{run}-{number}","day":"{day}",{METRIC}}}'


POSTED: dict[str, tuple[str, Callable[[str, int], str]]] = {
    "/v1/leads": ("leads", _lead),
    "/v1/ad-metrics": ("metrics", _metric),
}
"""By path: how a batch names its rows, and one row."""


def request_of(path: str, token: str, rows: int = 0) -> Callable[[], bytes]:
    """Makes requests: one row, or a batch of so many; a GET where nothing is posted."""
    head = f"HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n"
    if (posted := path.partition(":")[0]) not in POSTED:
        return lambda: f"GET {path} {head}\r\n".encode()
    run, number, (name, row) = secrets.token_hex(4), itertools.count(), POSTED[posted]

    def request() -> bytes:
        several = ",".join(row(run, next(number)) for _ in range(rows))
        body = f'{{"{name}":[{several}]}}' if rows else row(run, next(number))
        return (
            f"POST {path} {head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}"
        ).encode()

    return request
