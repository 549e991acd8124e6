"""What the owner of the API keys says of them."""

from collections.abc import Sequence

from shared.access.apikeys import keep_newest
from shared.contracts.customer import ApiKeyChanged
from shared.database import Tx


def on_api_keys_changed(tx: Tx, facts: Sequence[ApiKeyChanged]) -> None:
    """The newest of each key counts, in whatever order they come."""
    keep_newest(tx, facts)


HANDLERS = {ApiKeyChanged: on_api_keys_changed}
