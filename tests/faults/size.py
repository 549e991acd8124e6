"""How much of a fault: a little in `make test`, as much as a release is held to in `make faults`."""

import os
from typing import TypeVar

T = TypeVar("T")

FULL = os.environ.get("RAINMAKER_FAULTS") == "full"


def sized(quick: T, full: T) -> T:
    return full if FULL else quick
