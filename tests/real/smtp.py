"""A real mail server on loopback (aiosmtpd) that keeps a ledger of what it accepted, and can be as bad as real ones.

`python -m tests.real.smtp --port P --log FILE` runs it alone; each accepted mail is one JSON line, on the disk before
the sender hears of it. So for a run in which processes are killed, the ledger is the truth about what was sent.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from functools import cached_property
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

CLOSE = "close"
"""As an answer to DATA: the mail is taken into the ledger, and the connection ends without a word."""


@dataclass
class Accepted:
    """One line of the ledger, with the mail itself."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @cached_property
    def mail(self) -> EmailMessage:
        mail = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        return mail

    @property
    def action_id(self) -> str:
        return str(self.mail["X-Rainmaker-Action"])

    def line(self) -> str:
        headers = BytesHeaderParser().parsebytes(self.content)
        named = {name: headers[name] for name in ("To", "Message-ID", "X-Rainmaker-Action")}
        return json.dumps(named | {"recipients": self.recipients, "at": time.time()})


@dataclass
class Faults:
    """How the server misbehaves. Keys are recipients; an answer is given as often as it stands in the list."""

    rcpt: dict[str, list[str]] = field(default_factory=dict)
    data: dict[str, list[str]] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    together: asyncio.Barrier | None = None
    """Mails are answered once so many of them are here."""

    def next(self, answers: dict[str, list[str]], recipient: str) -> str | None:
        waiting = answers.get(recipient)
        return waiting.pop(0) if waiting else None


class _Handler:
    def __init__(self, keep: Callable[[Accepted], None], faults: Faults) -> None:
        self._keep, self._faults = keep, faults

    async def handle_RCPT(  # noqa: N802  the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._faults.next(self._faults.rcpt, address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self._faults.next(self._faults.data, envelope.rcpt_tos[0])
        if answer not in (None, CLOSE):
            return str(answer)
        self._keep(_accepted(envelope))
        if self._faults.together:
            await self._faults.together.wait()
        await asyncio.sleep(
            self._faults.slow.get(envelope.rcpt_tos[0], self._faults.seconds)
        )  # a slow server, not a way to wait for something
        if answer == CLOSE:
            _cut(server)
        return "250 2.0.0 accepted"


class MailServer:
    """`await start()`, then `url`. `stop()` cuts everything, as a kill does; `start()` again takes the same port."""

    def __init__(self, *, log: Path | None = None, port: int = 0) -> None:
        self.accepted: list[Accepted] = []
        self.faults = Faults()
        self.connections = 0
        self._log, self._port = log, port
        self._server: asyncio.Server | None = None
        self._open: set[SMTP] = set()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._port}"

    async def start(self) -> None:
        listening = socket.create_server(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        self._server = await asyncio.get_running_loop().create_server(self._protocol, sock=listening)

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for protocol in self._open:
            _cut(protocol)
        self._open.clear()
        await self._server.wait_closed()
        self._server = None

    def sent_to(self, address: str) -> list[Accepted]:
        return [mail for mail in self.accepted if address in mail.recipients]

    def _protocol(self) -> SMTP:
        self.connections += 1
        protocol = SMTP(_Handler(self._keep, self.faults), hostname="mail.example", enable_SMTPUTF8=True, ident="test")
        self._open.add(protocol)
        return protocol

    def _keep(self, mail: Accepted) -> None:
        self.accepted.append(mail)
        if self._log is not None:
            with self._log.open("a") as file:
                file.write(mail.line() + "\n")
                file.flush()
                os.fsync(file.fileno())


def _cut(protocol: SMTP) -> None:
    if isinstance(protocol.transport, asyncio.WriteTransport):
        protocol.transport.abort()


def _accepted(envelope: Envelope) -> Accepted:
    content: Any = envelope.original_content
    return Accepted(str(envelope.mail_from), tuple(envelope.rcpt_tos), content)


async def _serve(port: int, log: Path) -> None:
    server, stopped = MailServer(log=log, port=port), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await server.start()
    print(server.url, flush=True)
    await stopped.wait()
    await server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, required=True)
    given = parser.parse_args()
    asyncio.run(_serve(given.port, given.log))


if __name__ == "__main__":
    main()
