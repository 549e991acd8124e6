"""Tokens of an identity provider that answers on loopback: taken by its keys, refused for every other reason."""

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.access import jwks
from shared.access.jwks import Jwks, usable
from shared.access.oidc import Issuer, issuer_of
from shared.problems import Problem, Unauthorized
from tests.eventually import eventually, until
from tests.shared.access.issuer import AUDIENCE, MAKERS, Provider, provider

ROLES = {"sales-team": "sales", "managers": "approver"}


@pytest.fixture
def there() -> Iterator[Provider]:
    with provider() as running:
        yield running


def issuer(there: Provider, claim: str = "roles", **how: float) -> Issuer:
    """Asks for keys as often as it likes, unless told otherwise."""
    keys = Jwks(there.jwks_url, **{"again_seconds": 0.0} | how)
    return Issuer(there.address, AUDIENCE, keys, claim, ROLES)


@pytest.mark.parametrize("algorithm", MAKERS)
async def test_a_token_of_any_kind_of_key_is_taken_and_its_roles_are_ours(there: Provider, algorithm: str) -> None:
    token = there.token(there.new_key(algorithm), roles=["sales-team", "managers", "owners"])
    assert issuer_of(token) == there.address
    assert await issuer(there).verify(token) == ("user:auth0|ada", ["sales", "approver"])


async def test_the_keys_are_where_the_discovery_document_says(there: Provider) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        found = (await client.get(f"{there.address}/.well-known/openid-configuration")).json()
    assert (found["issuer"], found["jwks_uri"]) == (there.address, there.jwks_url)


@pytest.mark.parametrize(
    ("claim", "claims"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["sales-team"]}}),
        ("https://app.example/roles", {"https://app.example/roles": ["sales-team", 7]}),
        ("scope", {"scope": "openid sales-team"}),
    ],
)
async def test_roles_are_found_where_the_provider_puts_them(
    there: Provider, claim: str, claims: dict[str, Any]
) -> None:
    token = there.token(there.new_key(), roles=None, **claims)
    assert await issuer(there, claim).verify(token) == ("user:auth0|ada", ["sales"])


@pytest.mark.parametrize("claims", [{"roles": None}, {"roles": {"a": 1}}, {"roles": ["owners"]}])
async def test_without_a_role_that_means_something_here_there_is_none(there: Provider, claims: dict[str, Any]) -> None:
    assert (await issuer(there).verify(there.token(there.new_key(), **claims)))[1] == []


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(kid: str, claims: dict[str, Any]) -> str:
    return f"{segment({'alg': 'none', 'kid': kid})}.{segment(claims)}."


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


REFUSED: dict[str, Callable[[Provider, str], str]] = {
    "wrong audience": lambda there, kid: there.token(kid, aud="https://elsewhere.example"),
    "wrong issuer": lambda there, kid: there.token(kid, iss="https://elsewhere.example"),
    "expired": lambda there, kid: there.token(kid, exp=1_000_000_000),
    "not yet valid": lambda there, kid: there.token(kid, nbf=4_000_000_000),
    "no expiry": lambda there, kid: there.token(kid, exp=None),
    "no subject": lambda there, kid: there.token(kid, sub=None),
    "an endless subject": lambda there, kid: there.token(kid, sub="x" * 300),
    "algorithm none": lambda there, kid: (
        f"{segment({'alg': 'none', 'kid': kid})}.{segment(claims_of(there.token(kid)))}."
    ),
    "another key under the same id": lambda there, kid: jwt.encode(
        claims_of(there.token(kid)), MAKERS["ES256"](), "ES256", headers={"kid": kid}
    ),
    "another algorithm than the key's": lambda there, kid: jwt.encode(
        claims_of(there.token(kid)), MAKERS["RS256"](), "RS256", headers={"kid": kid}
    ),
    "HS256 with a published secret": lambda there, kid: _with_shared_secret(there, kid),
    "no JWT": lambda there, kid: "a.b.c",
}


def _with_shared_secret(there: Provider, kid: str) -> str:
    secret = there.keys[kid][1].public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    encoded = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    there.extra.append({"kty": "oct", "kid": "shared", "alg": "HS256", "k": encoded})
    return jwt.encode(claims_of(there.token(kid)), secret, "HS256", headers={"kid": "shared"})


@pytest.mark.parametrize("kind", REFUSED)
async def test_a_bad_token_is_refused_in_a_sentence_that_repeats_nothing(there: Provider, kind: str) -> None:
    token = REFUSED[kind](there, there.new_key())
    with pytest.raises(Unauthorized) as refused:
        await issuer(there).verify(token)
    assert not [word for word in ("elsewhere", "auth0", "xxx", there.address) if word in refused.value.detail]


async def test_keys_are_rotated_while_we_run(there: Provider) -> None:
    asked, old = issuer(there), there.token(there.new_key())
    await asked.verify(old)
    new = there.token(there.rotate())
    assert (await asked.verify(new))[1] == ["sales"]
    with pytest.raises(Unauthorized, match="does not publish"):
        await asked.verify(old)


async def test_what_was_known_stays_known_while_the_issuer_is_away(there: Provider) -> None:
    asked, token = issuer(there, fresh_seconds=0.0), there.token(there.new_key())
    await asked.verify(token)
    there.away = True
    assert (await asked.verify(token))[1] == ["sales"]
    await until(lambda: there.asked == 2)


async def test_who_has_a_known_key_does_not_wait_for_an_issuer_that_does_not_answer(
    there: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "SECONDS", 600.0)
    asked, token = issuer(there, fresh_seconds=0.0), there.token(there.new_key())
    await asked.verify(token)
    there.answers.clear()
    async with asyncio.timeout(90):
        assert [(await asked.verify(token))[1] for _ in range(5)] == [["sales"]] * 5
        await until(lambda: there.asked == 2)
    there.answers.set()
    new = there.token(there.rotate())
    await eventually(lambda: is_refused(asked, token))
    assert (await asked.verify(new))[1] == ["sales"]


async def is_refused(asked: Issuer, token: str) -> bool:
    with suppress(Unauthorized):
        return not await asked.verify(token)
    return True


async def test_an_issuer_that_was_never_reached_is_no_reason_to_say_that_the_token_is_bad(there: Provider) -> None:
    token = there.token(there.new_key())
    there.away = True
    asked = issuer(there)
    with pytest.raises(Problem) as refused:
        await asked.verify(token)
    assert (refused.value.status, "Retry-After" in refused.value.headers) == (503, True)
    there.away = False
    assert (await asked.verify(token))[1] == ["sales"]


async def test_unknown_keys_have_the_issuer_asked_seldom(there: Provider) -> None:
    asked = issuer(there, again_seconds=3_600.0)
    kid = there.new_key()
    await asked.verify(there.token(kid))
    there.new_key(kid="made-up")
    made_up = there.token("made-up")
    for _ in range(50):
        with pytest.raises(Unauthorized):
            await asked.verify(made_up)
    assert there.asked == 1


def jwk(key: Any, **more: Any) -> dict[str, Any]:
    return dict(jwt.get_algorithm_by_name("RS256").to_jwk(key.public_key(), as_dict=True)) | more


def test_weak_foreign_and_secret_keys_are_left_out() -> None:
    strong, weak = MAKERS["RS256"](), rsa.generate_private_key(65_537, 1_024)  # noqa: S505 - to be refused
    found = usable(
        {
            "keys": [
                jwk(strong, kid="good"),
                jwk(strong, kid="only for this", alg="PS256"),
                jwk(strong, kid="for encryption", use="enc"),
                jwk(strong, kid="of another kind", alg="HS256"),
                jwk(weak, kid="weak"),
                {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
                {"kty": "EC", "crv": "P-256", "kid": "broken", "x": "AA", "y": "AA"},
                "no key",
            ]
        }
    )
    assert {kid: key.algorithms[:1] for kid, key in found.items()} == {"good": ["RS256"], "only for this": ["PS256"]}


@pytest.mark.parametrize("published", [[], {}, {"keys": {}}, "keys"])
def test_what_is_no_set_of_keys_is_refused(published: Any) -> None:
    with pytest.raises(ValueError, match="JWK Set"):
        usable(published)
