"""What of a connector is a secret: its credential, and the place of the next page, which may hold one."""

from dataclasses import asdict, dataclass, field

import orjson

from services.campaign_svc.connectors.asking import Position
from services.campaign_svc.connectors.pages import Hopeless
from services.campaign_svc.connectors.progress import Begun
from shared.vault.credentials import open_, seal
from shared.vault.sealing import Tampered


@dataclass(frozen=True, slots=True)
class Sealed:
    """Seals and opens, each secret in its own row."""

    master: bytes = field(repr=False)

    def seal_credential(self, connector_id: str, credential: str | None) -> bytes | None:
        return None if credential is None else seal(self.master, credential, _credential(connector_id))

    def credential(self, pull: Begun) -> str | None:
        """Raises `Hopeless`: the master key is another one than when it was sealed."""
        if pull.credential is None:
            return None
        try:
            return open_(self.master, pull.credential, _credential(pull.connector_id))
        except Tampered:
            raise Hopeless("The stored credential does not open with this master key; send it again.") from None

    def seal_position(self, pull_id: str, position: Position) -> bytes:
        return seal(self.master, orjson.dumps(asdict(position)).decode(), _position(pull_id))

    def position(self, pull: Begun) -> Position:
        """Where to go on. Raises `Hopeless`: the master key is another one than when it was sealed."""
        if pull.position is None:
            return Position(pull.page)
        try:
            return Position(**orjson.loads(open_(self.master, pull.position, _position(pull.id))))
        except Tampered:
            raise Hopeless("The place of the next page does not open with this master key.") from None


def _credential(connector_id: str) -> str:
    return f"connectors/{connector_id}/credential"


def _position(pull_id: str) -> str:
    return f"pulls/{pull_id}/position"
