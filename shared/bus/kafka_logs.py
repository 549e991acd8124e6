"""aiokafka's logging, made bearable: a broker that is away made it write 100 lines a second, all of them the same."""

import logging
import time
from collections.abc import Callable

QUIET_SECONDS = 10.0


class Sparing(logging.Filter):
    """One record per message template and ten seconds; the next one says how many were held back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}  # (logger, template) -> (when let through, held back)

    def filter(self, record: logging.LogRecord) -> bool:
        kind, now = (record.name, str(record.msg)), self._clock()
        when, held = self._seen.get(kind, (-QUIET_SECONDS, 0))
        if now - when < QUIET_SECONDS:
            self._seen[kind] = (when, held + 1)
            return False
        self._seen[kind] = (now, 0)
        if held:
            record.msg = f"{record.msg} (and {held} more like it in {now - when:.0f} s)"
        return True


def spare_the_log() -> None:
    """A filter on a parent logger does not see its children's records, so each of aiokafka's loggers gets it."""
    sparing = Sparing()
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "aiokafka":
            logging.getLogger(name).addFilter(sparing)
