"""Practice data beside the project, not copied into it: a test that wants it is skipped where it is absent."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def practice_json(path: str) -> Any:
    return json.loads(_found(path).read_text(encoding="utf-8"))


def practice_csv(path: str) -> list[dict[str, str]]:
    with _found(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def practice_bytes(path: str) -> bytes:
    return _found(path).read_bytes()


def _found(path: str) -> Path:
    if not (FOLDER / path).exists():
        pytest.skip(f"the practice data ../shared/data/{path} is not on this machine")
    return FOLDER / path
