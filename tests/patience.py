"""The time limits of the product, for a machine that may stand still for a quarter of a minute.

Most tests are not about a limit, and must not meet one because a disk was slow: within this process everything is
waited for as long as a test waits. A test that is about a limit sets it itself, or asks for `product_limits`.
"""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings

from shared import outgoing, runtime
from shared.access import jwks
from shared.database import Database, engines, patience
from shared.service import health
from shared.vault import keystore

SECONDS = 60.0
_patient = pytest.MonkeyPatch()


def be_patient() -> None:
    """For this process; children that a test starts for itself call it too."""
    asks: list[Any] = [Database.read, Database.write]
    _patient.undo()
    for ask in asks:
        _patient.setitem(ask.__kwdefaults__, "seconds", SECONDS)
    for module in (engines, keystore):
        _patient.setattr(module, "USUAL_SECONDS", SECONDS)
    _patient.setattr(engines, "WRITER", [one.replace("=5000", "=60000") for one in engines.WRITER])
    _patient.setattr(patience.Connection, "patience", SECONDS)
    _patient.setitem(patience.HERE, "connect_timeout", int(SECONDS))
    _patient.setattr(keystore, "ANSWER_SECONDS", SECONDS)
    for name in ("RESOLVE_SECONDS", "CONNECT_SECONDS"):
        _patient.setattr(outgoing, name, SECONDS)
    _patient.setattr(runtime, "TIMEOUT", httpx.Timeout(SECONDS))
    _patient.setattr(jwks, "SECONDS", SECONDS)
    _patient.setattr(health, "CHECK_SECONDS", SECONDS)


be_patient()
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")  # property tests are judged by what they find


@pytest.fixture
def product_limits() -> Iterator[Callable[[], None]]:
    """`product_limits()`: from here to the end of the test they are as they are delivered."""
    yield _patient.undo
    be_patient()
