"""Bad input gets a clear problem that names the field, and changes nothing."""

import pytest

from tests.customer_svc.system import Customer

CASES = {
    "wrong type": (b'{"source":"x","email":5}', 422, "/email"),
    "a list": (b'[{"source":"x"}]', 422, ""),
    "no source": (b'{"email":"a@example.com"}', 422, "/source"),
    "blank source": (b'{"source":"  "}', 422, "/source"),
    "NUL": (b'{"source":"x","name":"a\\u0000b"}', 422, "/name"),
    "control character": (b'{"source":"x","company":"a\\u0007b"}', 422, "/company"),
    "lone surrogate": (b'{"source":"x","name":"a\\ud800"}', 422, "/name"),
    "NaN": (b'{"source":"x","attributes":{"v":NaN}}', 400, "/attributes/v"),
    "2^63": (b'{"source":"x","attributes":{"v":9223372036854775808}}', 422, "/attributes/v"),
    "10 MB": (b'{"source":"' + b"x" * 10_000_000 + b'"}', 413, None),
    "depth": (b'{"source":"x","attributes":{"v":' + b"[" * 40 + b"]" * 40 + b"}}", 400, None),
    "no scalar": (b'{"source":"x","attributes":{"v":[1]}}', 422, "/attributes/v"),
    "unknown field": (b'{"source":"x","nmae":"Ada"}', 422, "/nmae"),
    "unknown country": (b'{"source":"x","country":"Atlantis"}', 422, "/country"),
    "unknown region": (b'{"source":"x","phone":"030 901820","phone_region":"XX"}', 422, "/phone_region"),
    "national phone without region": (b'{"source":"x","phone":"030 901820"}', 422, "/phone"),
    "no phone": (b'{"source":"x","phone":"abc","phone_region":"DE"}', 422, "/phone"),
    "no address": (b'{"source":"x","email":"ada at example.com"}', 422, "/email"),
    "no language": (b'{"source":"x","language":"klingonese-1"}', 422, "/language"),
    "no time zone": (b'{"source":"x","time_zone":"Mars/Base"}', 422, "/time_zone"),
    "no time": (b'{"source":"x","occurred_at":"2026-02-30T00:00:00Z"}', 422, "/occurred_at"),
    "naive time": (b'{"source":"x","occurred_at":"2026-02-03T00:00:00"}', 422, "/occurred_at"),
    "a time to come": (b'{"source":"x","occurred_at":"2362-02-03T00:00:00Z"}', 422, "/occurred_at"),
    "unknown purpose": (b'{"source":"x","consent":[{"purpose":"spam","channel":"email"}]}', 422, "/consent/0/purpose"),
    "long text": (b'{"source":"x","name":"' + b"a" * 501 + b'"}', 422, "/name"),
    "cut off": (b'{"source":"x"', 400, None),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_bad_lead_is_refused_by_name_and_changes_nothing(customer: Customer, name: str) -> None:
    raw, status, pointer = CASES[name]
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    answer = await customer.client.post("/v1/leads", content=raw, headers=headers)
    problem = answer.json()
    assert answer.status_code == status, problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in problem["errors"]] == ([] if pointer is None else [pointer])
    assert set((await customer.counts()).values()) == {0}
