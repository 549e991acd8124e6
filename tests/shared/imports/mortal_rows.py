"""Rows that kill whoever checks too many of them."""

import os
import signal
from dataclasses import replace
from itertools import count

from shared.imports.shapes import Cells
from tests.shared.imports.parcel_rows import PARCEL_ROWS, Parcel, check

DIES_AT = 100

_checked = count(1)


def _check_and_die(cells: Cells) -> Parcel:
    if next(_checked) == DIES_AT:
        os.kill(os.getpid(), signal.SIGKILL)
    return check(cells)


MORTAL_ROWS = replace(PARCEL_ROWS, where=f"{__name__}:MORTAL_ROWS", check=_check_and_die)
