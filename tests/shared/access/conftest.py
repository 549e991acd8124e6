"""`wall`: the clock by which tokens are judged, for tests that move it."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

import jwt.api_jwt
import pytest


class Wall:
    """The clock on the wall, as our own code asks for the time."""

    by = timedelta()
    stopped_at: datetime | None = None

    def time(self) -> float:
        return ((self.stopped_at or datetime.now(UTC)) + self.by).timestamp()


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    wall = Wall()

    class Now(datetime):
        """As PyJWT asks for it."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(wall.time(), tz)

    monkeypatch.setattr("shared.access.tokens.time", wall)
    monkeypatch.setattr(jwt.api_jwt, "datetime", Now)
    return wall
