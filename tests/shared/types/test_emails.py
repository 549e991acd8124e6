"""The short way for ordinary addresses says what email-validator says."""

import pytest
from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.types import emails
from shared.types.emails import email_address, email_identity
from tests.shared.practice import practice_json

# Made of what decides: atoms, dots, hyphens, label and ending edges, reserved names, letters of either case.
PIECES = ["a", "Z", "9", "-", ".", "_", "+", "'", "xn--", "ab--", "info", "INFO", "test", "local", "com", "ü", " ", "@"]
PIECES += ["x" * 30, "1", "co", "\x00", "\n", '"', "é", "arpa", "LOCALHOST"]
LOCAL = st.lists(st.sampled_from(PIECES), min_size=0, max_size=5).map("".join)
ADDRESS = st.tuples(LOCAL, LOCAL, st.sampled_from(["", ".com", ".TEST", ".a", ".c0m", ".museum"])).map(
    lambda parts: f"{parts[0]}@{parts[1]}{parts[2]}"
)


def judged(address: str) -> str | None:
    try:
        found = validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return None
    return f"{found.local_part}@{found.ascii_domain.lower()}"


@settings(max_examples=1000)
@given(ADDRESS)
def test_what_the_short_way_accepts_email_validator_accepts_in_the_same_form(address: str) -> None:
    assert emails._plain(address) in (None, judged(address))


@pytest.mark.parametrize(
    "address",
    [
        "a@ab--c.com",
        "a@xn--a.com",
        "a@b.c--d.com",
        "a@-b.com",
        "a@b-.com",
        "a@b.test",
        "a@x.LOCAL",
        "a@b.c",
        "a@b.c0m",
        "a@b",
        ".a@b.com",
        "a..b@c.com",
        "a.@b.com",
        f"{'a' * 65}@b.com",
        f"{'a' * 64}@b.com",
        f"a@{'b' * 64}.com",
        f"a@{'b' * 63}.com",
        "a@" + ".".join(["b" * 60] * 4) + ".com",
        "a" * 60 + "@" + ".".join(["b" * 60] * 3) + ".longer",
        "a@b.com\n",
        "a@\u212a.com",
        "Postmaster@b.com",
    ],
)
def test_at_its_edges_the_short_way_agrees(address: str) -> None:
    assert emails._plain(address) in (None, judged(address))


@settings(max_examples=300)
@given(st.emails())
def test_ordinary_addresses_get_the_verdict_of_email_validator(address: str) -> None:
    try:
        mine: str | None = email_address(address)
    except ValueError:
        mine = None
    assert mine == judged(address)


def test_the_practice_addresses_get_the_verdict_of_email_validator() -> None:
    for row in practice_json("identity/emails.json"):
        address = row["address"].strip(" \t")
        try:
            mine: str | None = email_address(address)
        except ValueError:
            mine = None
        assert mine == judged(address), row["id"]


def test_nothing_that_cannot_be_delivered_is_accepted() -> None:
    for row in practice_json("identity/emails.json"):
        address = row["address"]
        if not row["rfc5321_deliverable_ok"] and address == address.strip(" "):
            with pytest.raises(ValueError, match="must be an e-mail address"):
                email_address(address)


def test_the_list_of_mailboxes_without_case_is_that_of_rfc_2142() -> None:
    assert set(CASE_INSENSITIVE_MAILBOX_NAMES) == emails._ANY_CASE


def test_the_domain_is_lower_case_idna_and_the_name_stays_as_written() -> None:
    assert email_address(" Ada.Lovelace+x@Example.CO.UK ") == "Ada.Lovelace+x@example.co.uk"
    assert email_address("ada@BÜCHER.example") == "ada@xn--bcher-kva.example"
    assert email_address("INFO@Example.com") == "info@example.com"


def test_two_spellings_of_a_mailbox_have_one_identity() -> None:
    assert email_identity(email_address("ADA@Example.com ")) == email_identity(email_address("ada@EXAMPLE.com"))
    assert email_identity(email_address("ada@bücher.example")) == email_identity("ada@xn--bcher-kva.example")
    assert email_identity("straße@example.com") != email_identity("strasse@example.com")


@pytest.mark.parametrize("bad", ["ada@company.test", "ada@\ud800.com", "\ud800@x.com", "ada@x.com\r\nBcc: a@b.com", ""])
def test_a_refused_address_is_not_repeated(bad: str) -> None:
    with pytest.raises(ValueError, match="must be an e-mail address") as refused:
        email_address(bad)
    assert "company" not in str(refused.value)
    assert refused.value.__cause__ is None
