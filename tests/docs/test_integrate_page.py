"""docs/integrate.md shows a webhook as it is sent, and a check of its signature that holds what it must."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from services.campaign_svc.delivery.models import EXAMPLE, Action
from services.campaign_svc.webhooks.messages import of_action
from services.campaign_svc.webhooks.signing import headers, new_secret
from tests.e2e.system import ROOT

PAGE = (ROOT / "docs" / "integrate.md").read_text().partition("\n## Receive webhooks\n")[2]
BODY = b'{"type": "action.webhook"}'


@pytest.fixture
def is_ours() -> Callable[..., bool]:
    (code, *_) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, Callable[..., bool]] = {}
    exec(code, names)  # noqa: S102  the page's own
    return names["is_ours"]


def test_the_check_on_the_page_takes_what_either_of_two_secrets_signed(is_ours: Callable[..., bool]) -> None:
    old, new = new_secret(), new_secret()
    sent = headers([new, old], "act_1", datetime.now(UTC), BODY)
    assert is_ours(old, sent, BODY) and is_ours(new, sent, BODY)


def test_the_check_on_the_page_refuses_another_secret_another_body_and_what_is_old(
    is_ours: Callable[..., bool],
) -> None:
    secret, now = new_secret(), datetime.now(UTC)
    sent = headers([secret], "act_1", now, BODY)
    assert not is_ours(new_secret(), sent, BODY)
    assert not is_ours(secret, sent, BODY + b" ")
    assert not is_ours(secret, sent | {"webhook-id": "act_2"}, BODY)
    assert not is_ours(secret, headers([secret], "act_1", now - timedelta(minutes=6), BODY), BODY)


def test_the_message_on_the_page_has_the_fields_of_one_that_is_sent() -> None:
    (shown, *_) = (json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    sent = json.loads(of_action(Action.model_validate(EXAMPLE | {"config": {"facts": {"score": 100}}})))
    assert (shown["type"], set(shown), set(shown["data"])) == (sent["type"], set(sent), set(sent["data"]))
