"""The secrets of endpoints: sealed in the row that they belong to, opened to sign, shown to those who made them."""

from datetime import datetime

from services.campaign_svc.webhooks.models import WebhookEndpoint
from services.campaign_svc.webhooks.signing import new_secret
from shared.vault.credentials import open_, seal


def sealed_secret(master: bytes, endpoint_id: str) -> bytes:
    """A new one."""
    return seal(master, new_secret(), _place(endpoint_id))


def secret_of(endpoint: WebhookEndpoint, master: bytes) -> str:
    """Raises `shared.vault.sealing.Tampered`."""
    return open_(master, endpoint.secret, _place(endpoint.id))


def secrets_of(endpoint: WebhookEndpoint, master: bytes, now: datetime) -> list[str]:
    """Those that a message is signed with now, the newest first. Raises `shared.vault.sealing.Tampered`."""
    secrets = [secret_of(endpoint, master)]
    if endpoint.old_secret is not None and endpoint.old_until is not None and now < endpoint.old_until:
        secrets.append(open_(master, endpoint.old_secret, _place(endpoint.id)))
    return secrets


def _place(endpoint_id: str) -> str:
    return f"webhook_endpoints/{endpoint_id}/secret"
