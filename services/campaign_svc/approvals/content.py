"""What a person is shown before a yes, and the hash that binds the yes to it. Pure."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson

HASH = r"^sha256:[0-9a-f]{64}$"


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 over the JSON with sorted names and no blanks, in UTF-8. The content holds texts and whole numbers only,
    so that it reads the same everywhere.
    """
    return "sha256:" + sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
