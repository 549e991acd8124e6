"""A test of these rooms meets no time limit that it does not set itself."""

import pytest

from tests.campaign_svc.patience import patient_rooms


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    patient_rooms(monkeypatch)
