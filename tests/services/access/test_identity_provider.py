"""A person signs in elsewhere: the token of an identity provider on loopback, asked by one of the services."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from services import of_name
from shared.settings import Settings
from tests.services.conftest import Tell
from tests.shared.access.issuer import AUDIENCE, Provider, provider
from tests.shared.belfry import MASTER_KEY, SIGNING_KEY


@pytest.fixture
def there() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture
async def client(there: Provider, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    service = of_name("analytics")
    settings = Settings.load(
        {
            "RAINMAKER_DATA": str(tmp_path),
            "RAINMAKER_MASTER_KEY": MASTER_KEY,
            "RAINMAKER_SIGNING_KEY": SIGNING_KEY,
            "RAINMAKER_OIDC_ISSUER": there.address,
            "RAINMAKER_OIDC_AUDIENCE": AUDIENCE,
            "RAINMAKER_OIDC_JWKS_URL": there.jwks_url,
            "RAINMAKER_OIDC_ROLES": "sales-team=sales the-boss=admin",
        }
    )
    service.migrate(settings)
    app = service.app(lambda: settings, worker=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://analytics") as asking,
    ):
        yield asking


async def status(client: httpx.AsyncClient, token: str, path: str = "/v1/scores") -> int:
    return (await client.get(path, headers={"Authorization": f"Bearer {token}"})).status_code


async def test_whoever_the_provider_vouches_for_may_what_their_role_may(
    client: httpx.AsyncClient, there: Provider
) -> None:
    kid = there.new_key("RS256")
    assert await status(client, there.token(kid)) == 200
    assert await status(client, there.token(kid), "/v1/dead-letters") == 403
    assert await status(client, there.token(kid, roles=["the-boss"]), "/v1/dead-letters") == 200
    assert await status(client, there.token(kid, roles=["admin"]), "/v1/dead-letters") == 403
    assert await status(client, there.token(kid, aud="elsewhere")) == 401


async def test_the_provider_rotates_its_keys_and_goes_away(client: httpx.AsyncClient, there: Provider) -> None:
    assert await status(client, there.token(there.new_key())) == 200
    known = there.token(max(there.keys))
    there.away = True
    assert await status(client, known) == 200
    new = there.token(there.rotate())
    assert await status(client, new) == 401, "it was asked a moment ago, and is not asked with every token"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"RAINMAKER_OIDC_ISSUER": "https://id.example"}, "Set RAINMAKER_OIDC_AUDIENCE to"),
        ({"RAINMAKER_OIDC_ROLES": "sales"}, "RAINMAKER_OIDC_ROLES must be pairs"),
        ({"RAINMAKER_OIDC_ROLES": "a=owner"}, "owner is no role here"),
        ({"RAINMAKER_OIDC_JWKS_URL": "http://id.example/keys"}, "Set RAINMAKER_OIDC_JWKS_URL to an https:// address"),
        ({"RAINMAKER_REQUESTS_PER_MINUTE": "many"}, "RAINMAKER_REQUESTS_PER_MINUTE "),
    ],
)
def test_settings_that_do_not_fit_stop_the_start(tell: Tell, given: dict[str, str], said: str) -> None:
    complete = {
        "RAINMAKER_OIDC_ISSUER": "https://id.example",
        "RAINMAKER_OIDC_AUDIENCE": AUDIENCE,
        "RAINMAKER_OIDC_JWKS_URL": "https://id.example/keys",
        "RAINMAKER_OIDC_ROLES": "a=sales",
    }
    secrets = {"RAINMAKER_MASTER_KEY": MASTER_KEY, "RAINMAKER_SIGNING_KEY": SIGNING_KEY}
    settings = given if "RAINMAKER_OIDC_ISSUER" in given else complete | given
    refused = tell("api customer", **(secrets | settings))
    assert (refused.code, said in refused.err) == (2, True), refused.err
