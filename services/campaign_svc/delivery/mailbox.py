"""The local mailbox: each e-mail a file named by its action. However often it is sent, there is one file."""

import asyncio
import os
from pathlib import Path

from services.campaign_svc.delivery.mailers import Begin
from services.campaign_svc.delivery.message import Mail
from shared.due import Outcome, Result


class MailboxFolder:
    """Takes the place of a mail server in the local system. A file that is there is whole and on the disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def send(self, mail: Mail, begin: Begin) -> Result:
        await begin()
        try:
            await asyncio.to_thread(self._store, mail)
        except OSError as error:  # full disk, rights: later is soon enough, and the same name makes a repeat harmless
            return Result(Outcome.RETRY, f"the mailbox folder cannot be written: {error.strerror}")
        return Result(Outcome.DONE)

    async def close(self) -> None:
        """Nothing is held open."""

    def _store(self, mail: Mail) -> None:
        draft = self.folder / f".{mail.action_id}.draft"
        with draft.open("wb") as file:
            file.write(mail.content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.folder / f"{mail.action_id}.eml")
        self._keep_names()

    def _keep_names(self) -> None:
        """A rename is on the disk when its folder is."""
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
