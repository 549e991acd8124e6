"""The keys of a local system: made at its first start, in its data folder, for their owner alone."""

import base64
import os

from shared.access.tokens import signing_key_in
from shared.settings import Settings
from shared.settings.datafolder import secret_file


def make_local_keys(settings: Settings) -> Settings:
    """The settings with a signing key and a master key; those that were not set come from the data folder."""
    signing_key_in(settings.data)
    secret_file(settings.data / "signing" / "master.key", base64.b64encode(os.urandom(32)))
    return with_local_keys(settings)


def with_local_keys(settings: Settings) -> Settings:
    """As `make_local_keys`, where there are any: for the commands that speak to a local system."""
    folder = settings.data / "signing"
    files = {"signing_key": folder / "ed25519.pem", "master_key": folder / "master.key"}
    found = {
        name: path.read_text().strip() for name, path in files.items() if not getattr(settings, name) and path.exists()
    }
    return Settings.model_validate(settings.model_dump() | found)
