"""Tokens: what is refused, and that a good one is good only as long as it says."""

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from shared.access.tokens import SERVICE_SECONDS, Tokens, key_id, signing_key_in
from shared.principal import Principal
from shared.problems import Unauthorized
from tests.shared.access.conftest import Wall
from tests.shared.belfry import belfry, settings_in

KEY = Ed25519PrivateKey.generate()
KID = {"kid": key_id(KEY.public_key())}


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {"iss": "rainmaker", "aud": "rainmaker", "sub": "user:jane", "iat": now, "exp": now + 60, "scope": "a:read"}
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def signed(key: Any = KEY, algorithm: str = "EdDSA", headers: dict[str, Any] | None = None, **changed: Any) -> str:
    return jwt.encode(claims(**changed), key, algorithm=algorithm, headers=KID if headers is None else headers)


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_what_was_issued_is_verified() -> None:
    tokens = Tokens(KEY)
    principal = tokens.verify(tokens.issue("user:jane", ["b:write", "a:read"], 60))
    assert principal == Principal("user:jane", frozenset({"a:read", "b:write"}))


def test_a_role_stands_for_its_scopes_and_an_unknown_one_for_none() -> None:
    tokens = Tokens(KEY, roles={"sales": frozenset({"a:read", "b:write"})})
    may = tokens.verify(tokens.issue("user:jane", ["c:read"], 60, ["sales", "owner"])).scopes
    assert may == {"a:read", "b:write", "c:read"}


def public_raw() -> bytes:
    return KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


REFUSED: dict[str, Callable[[], str]] = {
    "expired": lambda: signed(exp=int(time.time()) - 60),
    "issued in the future": lambda: signed(iat=int(time.time()) + 3_600),
    "not valid yet": lambda: signed(nbf=int(time.time()) + 3_600),
    "another audience": lambda: signed(aud="elsewhere"),
    "another issuer": lambda: signed(iss="elsewhere"),
    "no expiry": lambda: signed(exp=None),
    "no time of issue": lambda: signed(iat=None),
    "no issuer": lambda: signed(iss=None),
    "no audience": lambda: signed(aud=None),
    "no subject": lambda: signed(sub=None),
    "an empty subject": lambda: signed(sub=""),
    "a subject of no kind": lambda: signed(sub="jane"),
    "a subject without a name": lambda: signed(sub="user:"),
    "scopes as a list": lambda: signed(scope=["a:read"]),
    "roles as a text": lambda: signed(roles="admin"),
    "a role that is no text": lambda: signed(roles=[7]),
    "a key not known": lambda: signed(Ed25519PrivateKey.generate(), headers={"kid": "0123456789abcdef"}),
    "a key that only claims to be ours": lambda: signed(Ed25519PrivateKey.generate()),
    "no key id": lambda: signed(headers={}),
    "alg none": lambda: f"{segment({'alg': 'none', **KID})}.{segment(claims())}.",
    "alg NONE": lambda: f"{segment({'alg': 'NONE', **KID})}.{segment(claims())}.",
    "HS256 with our public key": lambda: signed(public_raw(), "HS256"),
    "ES256": lambda: signed(ec.generate_private_key(ec.SECP256R1()), "ES256"),
    "a changed claim": lambda: ".".join(
        (signed().split(".")[0], segment(claims(sub="user:eve")), signed().split(".")[2])
    ),
    "no signature": lambda: signed().rpartition(".")[0] + ".",
    "a critical header": lambda: signed(headers={**KID, "crit": ["b64"], "b64": False}),
    "nothing": lambda: "",
    "no JWT": lambda: "jane.canary.secret",
    "letters outside ASCII": lambda: "ä.ö.ü",
    "very long": lambda: "x" * 10_000,
    "a header that is a list": lambda: f"{segment([])}.{segment(claims())}.x",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_bad_token_is_refused_in_a_sentence_that_repeats_nothing(kind: str) -> None:
    token = REFUSED[kind]()
    with pytest.raises(Unauthorized) as refused:
        Tokens(KEY).verify(token)
    detail = refused.value.detail
    assert (refused.value.status, detail.endswith(".")) == (401, True)
    assert not any(word in detail for word in ("jane", "eve", "elsewhere", "canary", KID["kid"]))


def test_a_clock_ten_seconds_off_is_forgiven(wall: Wall) -> None:
    wall.stopped_at = datetime.now(UTC)
    now = int(wall.time())
    assert Tokens(KEY).verify(signed(iat=now, exp=now - 5)).subject == "user:jane"


def test_a_remembered_token_is_forgotten_when_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens(KEY)
    token = tokens.issue("user:jane", [], 60)
    tokens.verify(token)
    later = time.time() + 3_600
    monkeypatch.setattr("shared.access.tokens.time.time", lambda: later)
    tokens._verify_keys.clear()
    with pytest.raises(Unauthorized):
        tokens.verify(token)


def test_the_memory_for_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.access.tokens.REMEMBERED", 3)
    tokens = Tokens(KEY)
    for n in range(5):
        tokens.verify(tokens.issue(f"user:{n}", [], 60))
    assert len(tokens._known) == 3


async def test_a_service_takes_tokens_of_older_keys_that_its_settings_name(tmp_path: Path) -> None:
    old = [Ed25519PrivateKey.generate() for _ in range(2)]
    pems = [key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode() for key in old]
    settings = settings_in(tmp_path).model_copy(update={"verify_keys": "".join(pems).strip()})
    async with belfry().running(settings, checked=False) as runtime:
        for key in old:
            assert runtime.tokens.verify(Tokens(key).issue("user:a", [], 60)).subject == "user:a"


def test_keys_are_rotated_by_verifying_the_old_one_too() -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    rotated = Tokens(new, [old.public_key()])
    assert rotated.verify(Tokens(old).issue("user:a", [], 60)).subject == "user:a"
    assert rotated.verify(rotated.issue("user:b", [], 60)).subject == "user:b"


def test_a_process_with_public_keys_only_verifies_and_cannot_issue() -> None:
    reader = Tokens(None, [KEY.public_key()])
    assert reader.verify(signed()).subject == "user:jane"
    with pytest.raises(RuntimeError, match="RAINMAKER_SIGNING_KEY"):
        reader.issue("user:jane", [], 60)


def test_a_service_keeps_its_token_and_renews_it_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens(KEY)
    first = tokens.for_service("campaign", ["contacts:address"])
    assert tokens.for_service("campaign", ["contacts:address"]) == first
    assert tokens.verify(first) == Principal("service:campaign", frozenset({"contacts:address"}))
    assert tokens.for_service("campaign", ["other:read"]) != first
    later = time.time() + SERVICE_SECONDS / 2 + 1
    monkeypatch.setattr("shared.access.tokens.time.time", lambda: later)
    assert tokens.for_service("campaign", ["contacts:address"]) != first


def test_the_key_of_a_data_folder_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    made = signing_key_in(tmp_path)
    path = tmp_path / "signing" / "ed25519.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    assert key_id(signing_key_in(tmp_path).public_key()) == key_id(made.public_key())


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    signing_key_in(tmp_path)
    (tmp_path / "signing" / "ed25519.pem").chmod(0o644)
    with pytest.raises(PermissionError, match="chmod 600"):
        signing_key_in(tmp_path)


def test_a_key_of_another_kind_is_refused() -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="Ed25519"):
        Tokens(pem.decode())
