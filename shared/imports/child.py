"""A child process that reads, converts and checks: in the local mode that work would hold up three services.

It is given the job and the file on standard input and gives frames on standard output, each behind its length. What it
unpickles comes from its parent, what the parent unpickles from it: no bytes of a user are ever unpickled.

It starts again whenever whoever stores was killed, so it must get to its first row soon: nothing that it imports may
import the web or a database.
"""

import copyreg
import gc
import importlib
import os
import pickle
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO

from shared.imports.checking import Frame, frames
from shared.imports.mapping import Form
from shared.imports.moneys import packed
from shared.imports.shapes import Shape
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Order:
    """What the child is told first. `where` names the shape as `module:NAME`."""

    where: str
    form: Form
    after: int


def shape_at(where: str) -> Shape[Any]:
    module, _, name = where.partition(":")
    shape: Shape[Any] = getattr(importlib.import_module(module), name)
    return shape


def work(entry: BinaryIO, out: BinaryIO) -> None:
    """All frames of the file, then None."""
    size = int.from_bytes(entry.read(4), "big")
    order: Order = pickle.loads(entry.read(size))  # noqa: S301 - our own parent's
    shape = shape_at(order.where)
    copyreg.pickle(Money, packed)
    os.nice(5)  # answers come first
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    for frame in frames(shape, order.form, entry, order.after):
        _give(out, frame)
    _give(out, None)


def _give(out: BinaryIO, frame: Frame | None) -> None:
    packed = pickle.dumps(frame, protocol=pickle.HIGHEST_PROTOCOL)
    out.write(len(packed).to_bytes(4, "big") + packed)
    out.flush()


def main() -> None:
    with suppress(BrokenPipeError, KeyboardInterrupt):  # the parent has what it wanted, or is gone
        work(sys.stdin.buffer, sys.stdout.buffer)
