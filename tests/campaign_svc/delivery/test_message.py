"""Mails as bytes, read back by the standard library: what went in comes out, and nothing can be smuggled in."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.campaign_svc.delivery.message import CannotBeWritten, Mail, Mailbox, compose

AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
ACTION = "act_01k9q3v7w8e5rtx2m4n6p8q0se"
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Rainmaker-Action", "MIME-Version"]
HEADERS += ["Content-Type", "Content-Transfer-Encoding"]

letters = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))
bodies = st.text(st.characters(exclude_categories=["Cs"]))


def written(**changes: Any) -> Mail:
    given: dict[str, Any] = {
        "sender": Mailbox("sales@example.com", "Sales"),
        "to": Mailbox("ada@example.org", "Ada"),
        "subject": "Hello",
        "text": "Hi.\n",
        "at": AT,
    }
    return compose(ACTION, **given | changes)


def read(mail: Mail) -> EmailMessage:
    parsed = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert parsed.defects == []
    return parsed


def test_a_mail_carries_its_action_and_says_that_a_machine_sent_it() -> None:
    mail = read(written(reply_to=Mailbox("rep@example.com")))
    assert mail["X-Rainmaker-Action"] == ACTION
    assert mail["Message-ID"] == f"<{ACTION}@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] == "rep@example.com"
    assert mail["Date"].datetime == AT


@pytest.mark.parametrize(
    ("address", "header"),
    [
        ("rep@example.com", "<mailto:rep@example.com?subject=unsubscribe>"),
        ("a+b?cc=x@example.com", "<mailto:a%2Bb%3Fcc%3Dx@example.com?subject=unsubscribe>"),
        ("jürgen@example.com", "<mailto:j%C3%BCrgen@example.com?subject=unsubscribe>"),
    ],
)
def test_who_wants_no_more_of_this_has_an_address_to_say_so(address: str, header: str) -> None:
    assert read(written(unsubscribe=Mailbox(address, "Rep")))["List-Unsubscribe"] == header
    assert read(written())["List-Unsubscribe"] is None


@settings(max_examples=50, deadline=None)
@given(name=st.text(letters, max_size=80).map(str.strip), subject=st.text(letters, max_size=200).map(str.strip))
def test_any_name_and_subject_come_back_as_they_were(name: str, subject: str) -> None:
    mail = message_from_bytes(written(to=Mailbox("ada@example.org", name), subject=subject).content)
    to, address = parseaddr(mail["To"].replace("\r\n", ""))
    assert (shown(to), address) == (one_space(name), "ada@example.org")
    assert shown(mail["Subject"]) == one_space(subject)


def shown(header: str) -> str:
    """Decoded by the older parser: the newer one of Python 3.11 puts blanks between encoded words of a name."""
    return one_space(str(make_header(decode_header(header))))


def one_space(text: str) -> str:
    """The parser's way with runs of blanks, which mean nothing in a header."""
    return " ".join(text.split())


@settings(max_examples=50, deadline=None)
@given(text=bodies, html=bodies)
def test_any_bodies_come_back_as_they_were(text: str, html: str) -> None:
    mail = read(written(text=text, html=html or "<p>"))
    plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None and lines(plain.get_content()) == lines(text)
    assert rich is not None and lines(rich.get_content()) == lines(html or "<p>")


def lines(body: str) -> str:
    """Line ends travel as CRLF, and one is added at the end."""
    return body.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


@settings(max_examples=50, deadline=None)
@given(name=st.text(max_size=60), subject=st.text(max_size=200), text=st.text())
def test_whatever_is_given_no_header_is_added_and_no_line_is_too_long(name: str, subject: str, text: str) -> None:
    try:
        mail = written(to=Mailbox("ada@example.org", name), subject=subject, text=text)
    except CannotBeWritten:
        return
    assert read(mail).keys() == HEADERS
    assert mail.content.isascii()
    assert max(map(len, mail.content.split(b"\r\n"))) <= 78


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00", "\x85", "\u2028"])
@pytest.mark.parametrize("field", ["subject", "name", "address", "from", "reply_to"])
def test_a_line_end_in_a_header_is_refused_and_not_repeated(field: str, end: str) -> None:
    bad = f"a{end}Bcc: eve@example.net"
    changes: dict[str, Any] = {
        "subject": {"subject": bad},
        "name": {"to": Mailbox("ada@example.org", bad)},
        "address": {"to": Mailbox(f"ada@example.org{end}Bcc: eve@example.net")},
        "from": {"sender": Mailbox("sales@example.com", bad)},
        "reply_to": {"reply_to": Mailbox("rep@example.com", bad)},
    }
    with pytest.raises(CannotBeWritten) as refused:
        written(**changes[field])
    assert "eve" not in str(refused.value)


@pytest.mark.parametrize("address", ["", "ada", "ada@", "a@b@c", "ada@example.org, eve@example.net", "<a@b>", "a b@c"])
def test_one_address_means_one(address: str) -> None:
    with pytest.raises(CannotBeWritten):
        written(to=Mailbox(address))


def test_an_address_beyond_ascii_needs_a_server_that_takes_it() -> None:
    assert written(to=Mailbox("jörg@example.org")).needs_utf8
    assert not written().needs_utf8
