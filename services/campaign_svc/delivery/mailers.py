"""The way out: one interface, and the choice between a mail server and the local mailbox folder."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from services.campaign_svc.delivery.message import Mail
from shared.due import Result
from shared.settings import Settings

Begin = Callable[[], Awaitable[None]]
"""Makes it durable that the handing over begins. After it, whatever is not a clear answer is *unknown*."""


class Mailer(Protocol):
    async def send(self, mail: Mail, begin: Begin) -> Result:
        """Hand one mail over, awaiting `begin` at the last moment at which nothing was handed over yet.

        DONE: accepted. REFUSED: for good. RETRY: certainly not taken, may be later. UNKNOWN: it may have been taken.
        """

    async def close(self) -> None: ...


def open_mailer(settings: Settings) -> Mailer:
    from services.campaign_svc.delivery.mailbox import MailboxFolder
    from services.campaign_svc.delivery.smtp import SmtpServer

    return MailboxFolder(settings.mailbox) if settings.mailbox else SmtpServer(settings.smtp_url)
