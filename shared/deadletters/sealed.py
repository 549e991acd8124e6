"""Dead letters of what other systems sent: kept sealed, for what could not be read may say anything about anybody.

Key, headers and value go into one box under a key that is derived from the master key; the box opens only in the row
it was made for. What stays readable is where the message stood, why it was set aside, and a keyed hash of its id.
"""

import base64
import hmac
from dataclasses import replace

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.bus import Message, Record
from shared.deadletters import Letter
from shared.vault.sealing import open_box, seal_box

SEALED = "application/vnd.rainmaker.sealed"


class LetterBox:
    def __init__(self, master: bytes) -> None:
        self._cipher = AESGCM(hmac.digest(master, b"rainmaker dead letters", "sha256"))

    def sealed(self, record: Record, name: str) -> Record:
        """The record as `set_aside` may keep it. `name` is what its id became, or empty where it had none."""
        message = record.message
        plain = {"key": message.key, "headers": message.headers, "value": base64.b64encode(message.value).decode()}
        where = f"{message.topic}/{record.partition}/{record.offset}/{name}"
        headers = {"content-type": SEALED} | ({"ce_id": name} if name else {})
        box = seal_box(self._cipher, orjson.dumps(plain), _bound_to(where))
        return replace(record, message=Message(message.topic, "", box, headers))

    def opened(self, letter: Letter) -> Message:
        """The message as it came, also of a letter that was never sealed. Raises `Tampered`."""
        if letter.message.headers.get("content-type") != SEALED:
            return letter.message
        plain = orjson.loads(open_box(self._cipher, letter.message.value, _bound_to(letter.where)))
        return Message(letter.message.topic, plain["key"], base64.b64decode(plain["value"]), plain["headers"])


def _bound_to(where: str) -> str:
    return f"dead_letters/{where}"
