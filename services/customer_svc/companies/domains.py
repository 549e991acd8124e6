"""The domain of a company, from what people write: a host name or the address of a web page."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

MAX_DOMAIN = 253
MAX_WRITTEN = 500
"""Of an address, before its host is looked for."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://")
_AFTER_HOST = re.compile(r"[/?#]")
_PORT = re.compile(r":[0-9]{0,5}$")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")


def domain_name(raw: str) -> str:
    """`https://www.Acme.example/about` and `acme.example.` are both `acme.example`. Raises `ValueError`.

    `www.` is nobody's own; other subdomains stay, because different companies may have them of one host.
    """
    text = raw.strip().lower()[: MAX_WRITTEN + 1]
    scheme = _SCHEME.match(text)
    host = _AFTER_HOST.split(text[scheme.end() :] if scheme else text, maxsplit=1)[0]
    host = _ascii(_PORT.sub("", host).rstrip(".")).removeprefix("www.")
    if len(text) > MAX_WRITTEN or len(host) > MAX_DOMAIN or not _HOST.fullmatch(host):
        raise PydanticCustomError("domain", "must be a domain such as acme.com, or the address of a page there")
    return host


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    import idna  # rare, and what does not come by need not be imported

    try:
        return idna.encode(host, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return ""


Domain = Annotated[
    str,
    AfterValidator(domain_name),
    WithJsonSchema({"type": "string", "maxLength": MAX_WRITTEN, "examples": ["acme.example"]}),
]
