"""What reads a file in a child process starts at once: it stands on neither the web nor a database, in any kind."""

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.campaign_svc.imports.room import KINDS as OF_CAMPAIGN
from services.customer_svc.imports.room import KINDS as OF_CUSTOMER
from shared.imports.child import Order
from shared.imports.deciding import decide
from shared.imports.encodings import Sample
from shared.imports.kinds import Kind
from shared.imports.mapping import Asked

ROOT = Path(__file__).parents[2]
HEAVY = {
    "asyncio",
    "fastapi",
    "httpx",
    "psycopg",
    "shared.database",
    "shared.web",
    "sqlalchemy",
    "sqlite3",
    "starlette",
}
READ = """
import io, pickle, sys
from shared.imports.child import work
work(sys.stdin.buffer, out := io.BytesIO())
whole, frames, place = out.getvalue(), [], 0
while place < len(whole):
    size = int.from_bytes(whole[place : place + 4], "big")
    frames.append(pickle.loads(whole[place + 4 : place + 4 + size]))
    place += 4 + size
print(*[bool(row.errors) for frame in frames if frame for row in frame.rows])
print(*sys.modules)
"""


@pytest.mark.parametrize("kind", [*OF_CUSTOMER, *OF_CAMPAIGN], ids=lambda kind: kind.name)
def test_a_child_that_takes_one_row_and_refuses_another_imports_neither_web_nor_database(kind: Kind[Any]) -> None:
    header, row = kind.example.splitlines()
    delimiter = ";" if ";" in header else ","
    refused = "\x07" + row.partition(delimiter)[2].join([delimiter, ""])
    file = "\n".join([header, row, refused]).encode()
    order = pickle.dumps(Order(kind.shape.where, _form(kind, file), 0))
    told = len(order).to_bytes(4, "big") + order + file
    command = [sys.executable, "-P", "-c", READ]
    read = subprocess.run(command, input=told, capture_output=True, check=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})  # noqa: S603
    refusals, modules = read.stdout.decode().splitlines()
    assert refusals == "False True"
    assert not HEAVY & set(modules.split())


def _form(kind: Kind[Any], file: bytes) -> Any:
    sample = Sample()
    sample.take(file, last=True)
    return decide(kind.shape, sample, Asked()).form
