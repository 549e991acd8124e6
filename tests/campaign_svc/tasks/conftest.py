"""The fixtures of this room."""

from tests.campaign_svc.delivery.fixtures import customer, mails, world

__all__ = ["customer", "mails", "world"]
