"""A sealed box opens with its key, in its place, unchanged, and never otherwise."""

import base64
import hmac
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.vault.sealing import PersonKey, Tampered, digest

KEY = PersonKey("key_1", b"k" * 32)


@given(st.binary(max_size=300), st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_what_was_sealed_is_opened(plain: bytes, bound_to: str) -> None:
    assert KEY.open(KEY.seal(plain, bound_to), bound_to) == plain


def test_two_boxes_of_one_content_differ() -> None:
    assert KEY.seal(b"Ada", "row") != KEY.seal(b"Ada", "row")


@given(st.integers(min_value=0), st.integers(1, 255))
def test_a_box_changed_in_any_byte_does_not_open(position: int, change: int) -> None:
    box = bytearray(KEY.seal(b"ada@example.com", "contacts/con_1"))
    box[position % len(box)] ^= change
    with pytest.raises(Tampered):
        KEY.open(bytes(box), "contacts/con_1")


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x01" + b"x" * 27, b"\x02" + b"x" * 40])
def test_what_is_no_box_does_not_open(blob: bytes) -> None:
    with pytest.raises(Tampered):
        KEY.open(blob, "row")


def test_a_box_does_not_open_in_another_row_or_with_another_key() -> None:
    box = KEY.seal(b"Ada", "contacts/con_1")
    with pytest.raises(Tampered):
        KEY.open(box, "contacts/con_2")
    with pytest.raises(Tampered):
        PersonKey("key_1", os.urandom(32)).open(box, "contacts/con_1")


def test_a_key_does_not_show_its_secret() -> None:
    assert repr(KEY) == "PersonKey(id='key_1')"


def test_a_digest_tells_kinds_apart_whatever_their_letters() -> None:
    assert digest(b"k", "email", b"x") == digest(b"k", "email", b"x")
    assert len({digest(b"k", "email", b"x"), digest(b"k", "phone", b"x"), digest(b"j", "email", b"x")}) == 3
    assert digest(b"k", "ab", b"c") != digest(b"k", "a", b"bc")
    assert digest(b"k", "email", b"x") == base64.b32encode(_mac(b"k", b"email", b"x")).decode().lower()


def _mac(key: bytes, kind: bytes, content: bytes) -> bytes:
    """By what stored hashes were made."""
    return hmac.digest(key, len(kind).to_bytes(2, "big") + kind + content, "sha256")[:20]
