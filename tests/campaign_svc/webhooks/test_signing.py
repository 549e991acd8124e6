"""Signatures are those of Standard Webhooks: on its own vectors, and for the library that receivers use."""

from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from services.campaign_svc.webhooks.signing import headers, new_secret, signature
from tests.shared.practice import practice_json

TOLERANCE = 300


def accepted(vector: dict[str, Any], secret: str, body: bytes) -> bool:
    """What the specification asks of a receiver, on top of our signature."""
    given = vector["headers"]
    try:
        timestamp = int(given["webhook-timestamp"])
        ours = signature(vector.get("secret", secret), given["webhook-id"], timestamp, body)
        return abs(vector["now"] - timestamp) <= TOLERANCE and ours in given["webhook-signature"].split(" ")
    except (KeyError, ValueError):
        return False


def test_the_vectors_of_the_specification_hold() -> None:
    practice = practice_json("conformance/standard_webhooks.json")
    secret, body = practice["secret"], practice["body"].encode()
    told = {vector["name"]: accepted(vector, secret, body) for vector in practice["tests"]}
    assert told == {vector["name"]: vector["accept"] for vector in practice["tests"]}
    assert any(told.values())


def test_a_receiver_verifies_either_of_two_secrets_and_no_third() -> None:
    new, old, body = new_secret(), new_secret(), '{"grüße": 1}'.encode()
    sent = headers([new, old], "act_1", datetime.now(UTC), body)
    assert [Webhook(secret).verify(body, sent) for secret in (new, old)] == [{"grüße": 1}] * 2
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(new_secret()).verify(body, sent)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!", "whsec_not base64"])
def test_a_secret_that_is_none_signs_nothing(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        signature(secret, "act_1", 0, b"")
