"""A clock for databases and workers that a test moves."""

from datetime import datetime, timedelta

from shared.clock import utc_now


class Shifted:
    """It stands still between two moves, so that nothing falls due because a machine was slow."""

    def __init__(self) -> None:
        self.by = timedelta()
        self._stopped_at: datetime | None = utc_now()

    def __call__(self) -> datetime:
        return (self._stopped_at or utc_now()) + self.by

    def run(self) -> None:
        """From now on it goes by itself too, for loops that come back to what they put off."""
        self._stopped_at = None
