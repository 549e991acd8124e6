"""Commands as a person or a script types them, run in this process: a new one imports for seconds."""

import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.__main__ import main

OURS = ("RAINMAKER_", "DATABASE_URL", "BUS_URL", "SMTP_URL")


@dataclass
class Told:
    code: int
    out: str
    err: str


Tell = Callable[..., Told]


@pytest.fixture
def tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    """`tell("api customer", NAME=value)`: what the command said, and its code."""

    def told(line: str, **given: str) -> Told:
        for name in [name for name in os.environ if name.startswith(OURS)]:
            monkeypatch.delenv(name)
        for name, value in ({"RAINMAKER_DATA": str(tmp_path / "data")} | given).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(logging.getLogger(), "handlers", [])
        monkeypatch.setattr(sys, "argv", ["rainmaker", *line.split()])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return Told(int(end.value.code or 0), said.out, said.err)

    return told
