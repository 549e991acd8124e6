"""Credentials of other systems: they open with the master key, in their own row, and nowhere else."""

import os

import pytest

from shared.vault.credentials import open_, seal
from shared.vault.sealing import Tampered

MASTER = os.urandom(32)


def test_a_sealed_credential_opens_where_it_belongs_and_shows_nothing() -> None:
    box = seal(MASTER, "tökén-123", "connectors/pul_1/credential")
    assert open_(MASTER, box, "connectors/pul_1/credential") == "tökén-123"
    assert b"123" not in box


def test_a_credential_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(Tampered):
        open_(MASTER, seal(MASTER, "token", "connectors/pul_1/credential"), "connectors/pul_2/credential")


def test_a_credential_does_not_open_with_another_master_key() -> None:
    with pytest.raises(Tampered):
        open_(os.urandom(32), seal(MASTER, "token", "connectors/pul_1/credential"), "connectors/pul_1/credential")
