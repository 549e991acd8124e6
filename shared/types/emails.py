"""E-mail addresses: one that could be delivered, in one normal form, and the form by which two are the same."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

MAX_EMAIL = 254

# What nearly all addresses look like. Everything else takes the long way (50 microseconds), which judges: letters
# beyond ASCII, `xn--` and other labels with two hyphens in third place, one-letter endings, quotes.
_LABEL = r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ATOM = r"[A-Za-z0-9_!#$%&'*+\-/=?^`{|}~]+"
_PLAIN = re.compile(
    rf"(?=.{{1,64}}@)({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+([a-z]{{2,63}}))", re.ASCII | re.IGNORECASE
)
_RESERVED = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})
# RFC 2142: these mailboxes are the same in any case.
_ANY_CASE = frozenset({"info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster", "hostmaster"})
_ANY_CASE |= {"usenet", "news", "webmaster", "www", "uucp", "ftp"}


def email_address(raw: str) -> str:
    """The address with its domain in lower case and IDNA, the part before the `@` as it was written.

    Raises `ValueError` with a sentence. Whether the mailbox exists is not asked.
    """
    address = raw.strip(" \t\u00a0")  # not line ends: an address with one is somebody's header in the making
    return _plain(address) or _judged(address)


def email_identity(address: str) -> str:
    """What identifies the mailbox: the normal form without regard to case. Feed it to a keyed hash, never show it.

    `lower`, not `casefold`, which would make one person of `straße@` and `strasse@`.
    """
    return address.lower()


def _plain(address: str) -> str | None:
    found = _PLAIN.fullmatch(address) if len(address) <= MAX_EMAIL else None
    if not found:
        return None
    local, domain, ending = found.groups()
    if ending.lower() in _RESERVED or len(domain) > 253:
        return None
    return f"{local.lower() if local.lower() in _ANY_CASE else local}@{domain.lower()}"


def _judged(address: str) -> str:
    from email_validator import EmailNotValidError, validate_email  # 60 ms, and rare addresses need it

    if len(address) > MAX_EMAIL:
        raise PydanticCustomError("email", "must be an e-mail address of at most 254 characters")
    try:
        found = validate_email(address, check_deliverability=False, strict=True)
    except (EmailNotValidError, UnicodeError):  # its sentences quote the address, ours must not
        raise PydanticCustomError(
            "email", "must be an e-mail address that can receive mail, such as name@example.com"
        ) from None
    return f"{found.local_part}@{found.ascii_domain.lower()}"


Email = Annotated[
    str,
    AfterValidator(email_address),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": MAX_EMAIL, "examples": ["ada@example.com"]}),
]
