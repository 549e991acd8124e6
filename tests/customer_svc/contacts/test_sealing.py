"""What identifies is unreadable where it rests: in the tables, in the facts, in every file of the database."""

import asyncio
import base64
from pathlib import Path

import pytest

from services.customer_svc.contacts.sealing import opened_identity
from shared.vault.sealing import Tampered
from tests.customer_svc.system import Customer

CANARY = "zqcanary"
LEAD = {
    "email": f"{CANARY}@example.com",
    "name": f"{CANARY} Lovelace",
    "first_name": CANARY,
    "last_name": CANARY.upper(),
    "message": f"call {CANARY}",
    "external_id": f"{CANARY}-4711",
    "phone": "+4930901827",
    "company": "plainly readable",
}
SOUGHT = [word.encode(code) for word in (CANARY, CANARY.upper(), "30901827") for code in ("utf-8", "utf-16-le")]
SOUGHT += [base64.b64encode(b" " * pad + CANARY.encode())[4:-4] for pad in (3, 4, 5)]


async def _store(customer: Customer) -> str:
    contact_id = await customer.captured(**LEAD)
    await customer.batch([{"source": "website", **LEAD, "message": f"more {CANARY}"}])
    version = (await customer.contact(contact_id))["version"]
    path = f"/v1/contacts/{contact_id}"
    await customer.client.patch(path, json={"name": f"{CANARY} II"}, headers={"If-Match": f'"{version}"'})
    await customer.client.post("/v1/contacts/search", json={"email": LEAD["email"]})
    return contact_id


async def test_no_table_holds_what_identifies(customer: Customer) -> None:
    await _store(customer)
    for table in await customer.counts():
        stored = repr(await customer.rows(table)).encode()
        assert not [word for word in SOUGHT if word in stored], table
    assert b"plainly readable" in repr(await customer.rows("contacts")).encode()


def _files_in(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_no_file_and_no_log_holds_what_identifies(
    customer: Customer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await _store(customer)
    files = await asyncio.to_thread(_files_in, tmp_path)
    printed = "".join(capsys.readouterr()).encode()
    assert not [(path, word) for path, content in files.items() for word in SOUGHT if word in content]
    assert not [word for word in SOUGHT if word in printed]
    if customer.runtime.db.dialect == "sqlite":
        assert any(b"plainly readable" in content for content in files.values())


async def test_what_was_received_is_kept_as_received(customer: Customer) -> None:
    raw = '{ "source":"website",  "name":"JÃ¼rgen ", "email":"A@Example.COM"}'.encode()
    answer = await customer.client.post("/v1/leads", content=raw, headers={"Content-Type": "application/json"})
    [contact], [observation] = await customer.rows("contacts"), await customer.rows("observations")
    key = await customer.runtime.vault.key(contact["key_id"])  # type: ignore[union-attr]
    assert key.open(observation["received"], f"observations/{answer.json()['observation_id']}/received") == raw


async def test_a_blob_does_not_open_in_another_row(customer: Customer) -> None:
    await customer.captured(**LEAD)
    [contact] = await customer.rows("contacts")
    key = await customer.runtime.vault.key(contact["key_id"])  # type: ignore[union-attr]
    assert opened_identity(key, contact["id"], contact["identity"]).email == LEAD["email"]
    with pytest.raises(Tampered):
        opened_identity(key, "con_01k9q3v7w8e5rtx2m4n6p8q0sa", contact["identity"])
