"""What a contact is written: the action's template with the facts of this moment. Nothing of it is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.campaign_svc.delivery.message import CannotBeWritten, Mail, Mailbox, compose
from services.campaign_svc.delivery.models import Action
from services.campaign_svc.delivery.recipients import Recipient
from services.campaign_svc.templates.library import Stored
from services.campaign_svc.templates.render import Unrenderable, render
from services.campaign_svc.templates.variables import OF_A_CONTACT
from shared.clock import utc_now
from shared.settings import Settings, WrongSetting


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes in the name of one sender."""

    sender: Mailbox
    reply_to: Mailbox | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Letters":
        """Raises `WrongSetting`: found out at the start, not by a thousand mails that fail."""
        reply_to = Mailbox.parse(settings.mail_reply_to) if settings.mail_reply_to else None
        letters = cls(Mailbox.parse(settings.mail_from), reply_to)
        try:
            compose(
                "probe", sender=letters.sender, reply_to=reply_to, to=letters.sender, subject="", text="", at=utc_now()
            )
        except CannotBeWritten as why:
            raise WrongSetting(f"Set RAINMAKER_MAIL_FROM and RAINMAKER_MAIL_REPLY_TO to addresses. {why}") from None
        return letters

    def write(self, action: Action, template: Stored | None, to: Recipient, *, at: datetime) -> Mail:
        """Raises `CannotBeWritten`, with a reason that repeats nothing of what the facts hold."""
        if template is None:
            raise CannotBeWritten("Its template does not exist.")
        try:
            written = render(template.parsed, facts(action, to))
        except Unrenderable as why:
            raise CannotBeWritten(f"Template {template.name}, version {template.version}: {why}") from None
        return compose(
            action.id,
            sender=self.sender,
            reply_to=self.reply_to,
            to=Mailbox(to.address or "", " ".join((to.name or "").split())),
            subject=written.subject,
            text=written.text,
            html=written.html,
            unsubscribe=self.reply_to or self.sender if action.config.get("purpose") == "marketing" else None,
            at=at,
        )


def facts(action: Action, to: Recipient) -> dict[str, Any]:
    """`contact` is who it goes to, as customer_svc knows them now; `lead` is what was decided on."""
    contact = to.model_dump(include=set(OF_A_CONTACT))
    return {"contact": contact, "lead": action.config.get("facts") or {}}
