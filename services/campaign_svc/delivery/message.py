"""An e-mail as bytes: RFC 5322 headers, RFC 2047 words, RFC 2045 bodies, written directly.

`email.message.EmailMessage` takes two milliseconds for what is here some microseconds. The promise: whatever the
template or the contact's name holds, it cannot add a header, a recipient or a part.
"""

import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parseaddr
from urllib.parse import quote

LONGEST_PLAIN = 66
"""A header value up to here fits beside its name into the 78 columns of RFC 5322; longer ones are encoded."""
WORD_BYTES = 39
"""In base64, between `=?utf-8?b?` and `?=`, beside the longest header name: within the 76 columns of RFC 2047."""

# Line ends would begin another header; no other control character or lone surrogate belongs there either.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ADDRESS = re.compile(r"[^\s<>(),;:\"\\\[\]@]+@[^\s<>(),;:\"\\\[\]@]+")
_LINE_END = re.compile(r"\r\n|\r|\n")


class CannotBeWritten(ValueError):
    """The sentence says which part and why, never what it held."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and the name shown beside it."""

    address: str
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> "Mailbox":
        """`sales@example.com` or `Sales <sales@example.com>`."""
        name, address = parseaddr(text)
        return cls(address, name)


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mailer hands over: the envelope, and the content as it travels."""

    action_id: str
    sender: str
    recipient: str
    content: bytes

    @property
    def needs_utf8(self) -> bool:
        """An address beyond ASCII can only go through servers that speak SMTPUTF8 (RFC 6531)."""
        return not (self.sender.isascii() and self.recipient.isascii())


def compose(
    action_id: str,
    *,
    sender: Mailbox,
    to: Mailbox,
    subject: str,
    text: str,
    html: str | None = None,
    reply_to: Mailbox | None = None,
    unsubscribe: Mailbox | None = None,
    at: datetime,
) -> Mail:
    """Raises `CannotBeWritten`. The Message-ID follows from the action: a copy could be recognised as one. To
    `unsubscribe` a mail client writes for who does not want more of this (RFC 2369).
    """
    headers = [
        f"From: {_mailbox('From', sender)}",
        *([f"Reply-To: {_mailbox('Reply-To', reply_to)}"] if reply_to else []),
        f"To: {_mailbox('To', to)}",
        f"Subject: {_unstructured('Subject', subject)}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{_safe('id', action_id)}@{sender.address.rpartition('@')[2]}>",
        *([f"List-Unsubscribe: <{_mailto(unsubscribe)}>"] if unsubscribe else []),
        "Auto-Submitted: auto-generated",
        f"X-Rainmaker-Action: {action_id}",
        "MIME-Version: 1.0",
    ]
    lines = headers + (_alternatives(action_id, text, html) if html else _part("plain", text))
    return Mail(action_id, sender.address, to.address, "\r\n".join(lines).encode())


def _alternatives(action_id: str, text: str, html: str) -> list[str]:
    """`=_` cannot occur in quoted-printable, so the boundary cannot occur in a part."""
    boundary = f"=_{action_id}"
    parts = [line for subtype, body in (("plain", text), ("html", html)) for line in _in(boundary, subtype, body)]
    return [f'Content-Type: multipart/alternative; boundary="{boundary}"', "", *parts, f"--{boundary}--", ""]


def _in(boundary: str, subtype: str, body: str) -> list[str]:
    return [f"--{boundary}", *_part(subtype, body)]


def _part(subtype: str, body: str) -> list[str]:
    try:
        raw = _LINE_END.sub("\n", body).encode()
    except UnicodeEncodeError:
        raise CannotBeWritten("The body holds a lone surrogate, which no encoding can carry.") from None
    return [
        f"Content-Type: text/{subtype}; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        binascii.b2a_qp(raw, istext=True).replace(b"\n", b"\r\n").decode("ascii"),
    ]


def _mailbox(header: str, box: Mailbox) -> str:
    if not _ADDRESS.fullmatch(_safe(header, box.address)):
        raise CannotBeWritten(f"{header} needs one address such as name@example.com.")
    return f"{_phrase(header, box.name)}\r\n <{box.address}>" if box.name else box.address


def _mailto(box: Mailbox) -> str:
    return f"mailto:{quote(_safe('List-Unsubscribe', box.address), safe='@')}?subject=unsubscribe"


def _phrase(header: str, name: str) -> str:
    """A quoted string where that is safe and short; else encoded words."""
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return quoted if _plain(_safe(header, name)) and len(quoted) <= LONGEST_PLAIN else _encoded(name)


def _unstructured(header: str, value: str) -> str:
    return value if _plain(_safe(header, value)) else _encoded(value)


def _plain(value: str) -> bool:
    return value.isascii() and len(value) <= LONGEST_PLAIN and "=?" not in value


def _encoded(value: str) -> str:
    """Encoded words, one on each line."""
    words = (binascii.b2a_base64(chunk, newline=False).decode("ascii") for chunk in _chunks(value))
    return "\r\n ".join(f"=?utf-8?b?{word}?=" for word in words)


def _chunks(value: str) -> list[bytes]:
    """Pieces of whole characters: RFC 2047 forbids to cut one in two."""
    chunks = [b""]
    for character in value:
        encoded = character.encode()
        if len(chunks[-1]) + len(encoded) > WORD_BYTES:
            chunks.append(b"")
        chunks[-1] += encoded
    return chunks


def _safe(header: str, value: str) -> str:
    if _FORBIDDEN.search(value):
        raise CannotBeWritten(f"{header} must be one line of text without control characters.")
    return value
