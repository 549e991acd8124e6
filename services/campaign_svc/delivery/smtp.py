"""Mail servers. A refusal is known to be one, an acceptance too; what lies between DATA and its answer is *unknown*."""

import asyncio
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPResponseException

from services.campaign_svc.delivery.mailers import Begin
from services.campaign_svc.delivery.message import Mail
from shared.due import Outcome, Result

ANSWER_SECONDS = 10.0
TAKE_SECONDS = 25.0
"""For everything from DATA to its answer: servers look through a mail before they take it."""
IDLE_SECONDS = 5.0

# They speak of us (log in, use TLS), not of this mail: once that is set right, the same mail goes.
_OF_OUR_SETTINGS = frozenset({530, 534, 535, 538})
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True)
class Address:
    """`smtp://user:password@host:port`; `smtps://` is TLS from the start, `smtp+starttls://` TLS or nothing."""

    host: str
    port: int | None
    user: str | None
    password: str | None
    tls: bool
    starttls: bool

    @classmethod
    def parse(cls, url: str) -> "Address":
        parts: SplitResult = urlsplit(url)
        user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
        starttls = parts.scheme == "smtp+starttls" or "starttls=1" in parts.query
        return cls(parts.hostname or "localhost", parts.port, user, password, parts.scheme == "smtps", starttls)

    def client(self, local_hostname: str | None, seconds: float) -> SMTP:
        return SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.tls,
            start_tls=self.starttls,
            local_hostname=local_hostname,
            timeout=seconds,
        )


class SmtpServer:
    """As many connections as mails are sent at once, kept open for a while and used again."""

    def __init__(self, url: str, *, answer_seconds: float = ANSWER_SECONDS, take_seconds: float = TAKE_SECONDS) -> None:
        self._address, self._answer_seconds, self._take_seconds = Address.parse(url), answer_seconds, take_seconds
        self._idle: list[SMTP] = []
        self._closing: asyncio.TimerHandle | None = None
        self._local_hostname: str | None = None

    async def send(self, mail: Mail, begin: Begin) -> Result:
        try:
            client = await self._ready(mail)
        except (SMTPException, OSError) as error:
            return _refused(error)
        try:
            await begin()
            return await self._hand_over(client, mail)
        except BaseException:
            client.close()
            raise

    async def close(self) -> None:
        self._close_idle()

    def _keep(self, client: SMTP) -> None:
        """For the next mail; without one soon, servers want their connection back."""
        self._idle.append(client)
        if self._closing:
            self._closing.cancel()
        self._closing = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._close_idle)

    def _close_idle(self) -> None:
        if self._closing:
            self._closing.cancel()
        while self._idle:
            self._idle.pop().close()

    async def _ready(self, mail: Mail) -> SMTP:
        """A connection on which the server has agreed to sender and recipient. Nothing of the mail is there yet."""
        while self._idle:
            client = self._idle.pop()
            try:
                return await self._agreed(client, mail)
            except (SMTPException, OSError):
                if client.is_connected:  # the answer was about this mail, not about a connection that ended while idle
                    await self._forget_envelope(client)
                    raise
        client = await self._connected()
        try:
            return await self._agreed(client, mail)
        except (SMTPException, OSError):
            await self._forget_envelope(client)
            raise

    async def _connected(self) -> SMTP:
        client = self._address.client(self._local_hostname, self._answer_seconds)
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except SMTPResponseException as error:  # greeting, TLS or log-in refused: not about this mail
            client.close()
            raise SMTPException(f"the server lets nobody in ({_code(error)})") from error
        self._local_hostname = client.local_hostname
        return client

    async def _agreed(self, client: SMTP, mail: Mail) -> SMTP:
        if mail.needs_utf8 and not client.supports_extension("smtputf8"):
            raise SMTPResponseException(550, "5.6.7 no SMTPUTF8")  # RFC 6531, as the server itself would say
        try:
            await client.mail(mail.sender, options=["SMTPUTF8"] if mail.needs_utf8 else [], encoding="utf-8")
            await client.rcpt(mail.recipient, encoding="utf-8")
        except asyncio.CancelledError:
            client.close()
            raise
        return client

    async def _forget_envelope(self, client: SMTP) -> None:
        try:
            await client.rset()
            self._keep(client)
        except (SMTPException, OSError):
            client.close()

    async def _hand_over(self, client: SMTP, mail: Mail) -> Result:
        try:
            async with asyncio.timeout(self._take_seconds):
                await client.data(mail.content, timeout=None)
        except SMTPDataError as error:
            if 400 <= error.code < 600:
                await self._forget_envelope(client)
                return _refused(error)
            return self._unclear(client, f"the server answered {error.code}")
        except (SMTPException, OSError) as error:
            return self._unclear(client, f"the connection failed after DATA ({type(error).__name__})")
        self._keep(client)
        return Result(Outcome.DONE)

    def _unclear(self, client: SMTP, detail: str) -> Result:
        client.close()
        return Result(Outcome.UNKNOWN, detail)


def _refused(error: Exception) -> Result:
    """Before anything was handed over, or with a clear answer after it."""
    if not isinstance(error, SMTPResponseException):
        return Result(Outcome.RETRY, f"the mail server cannot be reached ({type(error).__name__})")
    final = 500 <= error.code < 600 and error.code not in _OF_OUR_SETTINGS
    return Result(Outcome.REFUSED if final else Outcome.RETRY, f"refused with {_code(error)}")


def _code(error: SMTPResponseException) -> str:
    """The codes only: the server's words may repeat the address."""
    found = _ENHANCED.match(error.message)
    return f"{error.code} {found[0]}" if found else str(error.code)
