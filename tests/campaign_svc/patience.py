"""The time limits of these rooms for a machine that may stand still, as `tests.patience` has those of the kernel."""

import pytest

import shared.due
from services.campaign_svc.connectors import pulling
from services.campaign_svc.delivery import dispatch, smtp
from services.campaign_svc.templates import liquid
from services.campaign_svc.webhooks import deliver, sending

LONG = 600.0
LIMITS = (
    (pulling, ("REQUEST_SECONDS", "TURN_SECONDS", "LONGEST_SECONDS", "STORE_SECONDS")),
    (dispatch, ("BEGIN_WITHIN", "END_WITHIN")),
    (smtp, ("IDLE_SECONDS",)),
    (liquid, ("SECONDS",)),
    (deliver, ("PATIENCE",)),
    (sending, ("SECONDS",)),
    (shared.due, ("ACT_SECONDS",)),
)


def patient_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, names in LIMITS:
        for name in names:
            monkeypatch.setattr(module, name, LONG)
    given = {"answer_seconds": LONG, "take_seconds": LONG}
    monkeypatch.setattr(smtp.SmtpServer.__init__, "__kwdefaults__", given)
