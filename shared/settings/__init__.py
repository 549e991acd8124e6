"""The settings: read once from the environment, checked at the start, so that nothing wrong is found out later.

A secret may also stand in a file, named by the same variable with `_FILE` behind it.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import ConfigDict, Field, ValidationError, field_validator

from shared.bus.kafka_settings import KafkaSettings
from shared.settings.access import AccessSettings

ServiceName = Literal["customer", "campaign", "analytics"]
SERVICES: tuple[ServiceName, ...] = ("customer", "campaign", "analytics")

PLAIN_NAMES = ("database_url", "bus_url", "smtp_url")
"""Settings known by these names to everyone; all others begin with RAINMAKER_."""

LEAST_VARIETY = 8
"""Thirty-two random bytes hold more different values than this; a placeholder or a typed phrase repeated does not."""


class WrongSetting(Exception):
    """A sentence that says what to set. Whoever starts the process prints it and ends with code 2."""


class Settings(AccessSettings):
    """Nothing here reads the environment: `Settings(data=folder)` is the same everywhere, `load` reads it.

    `private_addresses`: what users point us at (webhooks, connectors) may be this machine or its network, and plain
    HTTP. So it is in the local mode, and nowhere else by itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    data: Path = Path(".rainmaker")
    database_url: str = Field("", repr=False)
    bus_url: str = Field("", repr=False)
    keys_url: str = Field("", repr=False)
    smtp_url: str = Field("", repr=False)
    mail_from: str = ""
    mail_reply_to: str = ""
    master_key: str = Field("", repr=False)
    signing_key: str = Field("", repr=False)
    customer_url: str = ""
    campaign_url: str = ""
    analytics_url: str = ""
    private_addresses: bool = False
    log_format: Literal["json", "text"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("database_url", "keys_url")
    @classmethod
    def _a_database(cls, url: str) -> str:
        return _scheme(url, ("sqlite:///", "postgresql://", "postgresql+psycopg://"))

    @field_validator("bus_url")
    @classmethod
    def _a_bus(cls, url: str) -> str:
        if _scheme(url, ("sqlite:///", "kafka://")).startswith("kafka://"):
            KafkaSettings.from_url(url)  # says what is wrong in it
        return url

    @field_validator("smtp_url")
    @classmethod
    def _a_mail_server_or_folder(cls, url: str) -> str:
        return _scheme(url, ("smtp://", "smtps://", "smtp+starttls://", "file://"))

    @field_validator("customer_url", "campaign_url", "analytics_url")
    @classmethod
    def _a_web_address(cls, url: str) -> str:
        return _scheme(url, ("http://", "https://")).rstrip("/")

    @field_validator("master_key")
    @classmethod
    def _a_real_key(cls, key: str) -> str:
        if key and (len(raw := decoded(key)) != 32 or len(set(raw)) < LEAST_VARIETY):
            raise ValueError("must be 32 random bytes in base64 or hexadecimal, as from `openssl rand -base64 32`")
        return key

    @field_validator("signing_key")
    @classmethod
    def _a_private_key(cls, pem: str) -> str:
        if pem and not _is_ed25519(pem):
            raise ValueError("must be an Ed25519 private key in PEM, as from `openssl genpkey -algorithm ed25519`")
        return pem

    @classmethod
    def load(cls, environment: Mapping[str, str], **given: object) -> Self:
        """The settings of this environment, those in `given` first. Raises `WrongSetting`."""
        found = {name: value for name in cls.model_fields if (value := _value(name, environment))}
        try:
            return cls.model_validate(found | given)
        except ValidationError as error:
            raise WrongSetting(
                " ".join(_sentence(problem["loc"], problem["msg"]) for problem in error.errors())
            ) from None

    def database_for(self, service: str) -> str:
        return (self.database_url or f"sqlite:///{self.data}/{{service}}.db").replace("{service}", service)

    @property
    def bus(self) -> str:
        return self.bus_url or f"sqlite:///{self.data}/bus.db"

    @property
    def keys(self) -> str:
        return self.keys_url or f"sqlite:///{self.data}/keys.db"

    @property
    def mailbox(self) -> Path | None:
        """The folder that takes `.eml` files, where mail does not go to a server."""
        return Path(self.smtp_url.removeprefix("file://")) if self.smtp_url.startswith("file://") else None

    @property
    def master(self) -> bytes:
        return decoded(self.master_key)

    def url_of(self, service: str) -> str:
        return str(getattr(self, f"{service}_url"))

    def embedded(self, service: str) -> bool:
        """Whether files are written that only one process may write: then `api` does the work of `worker` too."""
        return any(is_file(url) for url in (self.database_for(service), self.bus))

    def folders(self, service: str, *, vault: bool) -> list[Path]:
        """The folders of the files that only one process may write."""
        return folders_of(self.database_for(service), self.bus, *([self.keys] if vault else []))

    def check(self, service: str, *, vault: bool = False, mail: bool = False, calls: Sequence[str] = ()) -> None:
        """Raises `WrongSetting` when this service could not do its work with these settings."""
        needed = {"master_key": self.master_key, "signing_key": self.signing_key}
        if vault and not is_file(self.database_for(service)):
            needed["keys_url"] = self.keys_url
        if mail:
            needed |= {"smtp_url": self.smtp_url, "mail_from": self.mail_from}
        needed |= {f"{peer}_url": self.url_of(peer) for peer in calls} | self.needed_for_oidc
        missing = [name for name, value in needed.items() if not value]
        if missing:
            raise WrongSetting(" ".join(f"Set {variable(name)}{WHY[name]}" for name in missing))
        if self.keys_in_the_open and not self.private_addresses:
            raise WrongSetting(
                "Set RAINMAKER_OIDC_JWKS_URL to an https:// address: who stands in between could become anybody. "
                "In a network of your own, RAINMAKER_PRIVATE_ADDRESSES=true allows http://."
            )
        if vault and self.keys == self.database_for(service):
            raise WrongSetting(
                "Set RAINMAKER_KEYS_URL to another database than DATABASE_URL: "
                "a key that is backed up beside what it locks protects nothing."
            )

    def check_several(self) -> None:
        """Raises `WrongSetting` when services in one process would share a database."""
        if self.database_url and "{service}" not in self.database_url:
            raise WrongSetting(
                "Set DATABASE_URL so that it holds {service}, which stands for customer, campaign or analytics: "
                "several services cannot share one database."
            )


WHY = {
    "master_key": " (or RAINMAKER_MASTER_KEY_FILE) to 32 random bytes, as from `openssl rand -base64 32`.",
    "signing_key": " (or RAINMAKER_SIGNING_KEY_FILE) to an Ed25519 private key in PEM,"
    " as from `openssl genpkey -algorithm ed25519`.",
    "keys_url": " to the database that keeps the keys of persons, another one than DATABASE_URL.",
    "smtp_url": " to the mail server, as smtp://user:password@host:port (smtps:// or smtp+starttls:// for TLS).",
    "mail_from": " to the address that mail is sent from.",
    "customer_url": " to the address of customer_svc, as http://host:port.",
    "campaign_url": " to the address of campaign_svc, as http://host:port.",
    "analytics_url": " to the address of analytics_svc, as http://host:port.",
    "oidc_issuer": " to what the tokens of the identity provider hold as `iss`.",
    "oidc_audience": " to what the tokens of the identity provider hold as `aud` when they are meant for Rainmaker.",
    "oidc_jwks_url": " to where the identity provider publishes its keys: `jwks_uri` in its discovery document.",
    "oidc_roles": " to pairs such as sales-team=sales: a role at the identity provider, and what it is here.",
}


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return name.upper() if name in PLAIN_NAMES else f"RAINMAKER_{name.upper()}"


def is_file(url: str) -> bool:
    return url.startswith("sqlite:")


def folders_of(*urls: str) -> list[Path]:
    """The folders of those databases and buses that are files."""
    return sorted({Path(url.removeprefix("sqlite:///")).parent for url in urls if is_file(url)})


def decoded(key: str) -> bytes:
    """The bytes that a key spells in hexadecimal or base64; none where it is neither."""
    text = key.strip()
    try:
        return bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return b""


def _value(name: str, environment: Mapping[str, str]) -> str | None:
    direct, path = environment.get(variable(name)), environment.get(f"{variable(name)}_FILE")
    if direct and path:
        raise WrongSetting(f"Set either {variable(name)} or {variable(name)}_FILE, not both.")
    if not path:
        return direct
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise WrongSetting(f"Set {variable(name)}_FILE to a text file that can be read; {path} cannot.") from None


def _scheme(url: str, allowed: Sequence[str]) -> str:
    if url and not url.startswith(tuple(allowed)):
        raise ValueError(f"must begin with {' or '.join(allowed)}")
    return url


def _is_ed25519(pem: str) -> bool:
    try:
        return isinstance(load_pem_private_key(pem.encode(), password=None), Ed25519PrivateKey)
    except (ValueError, TypeError):
        return False


def _sentence(where: tuple[int | str, ...], message: str) -> str:
    name, said = variable(str(where[0])), message.removeprefix("Value error, ").removeprefix("Input ").rstrip(".")
    return f"{said}." if name in said else f"{name} {said}."
