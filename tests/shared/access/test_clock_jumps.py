"""A clock that jumps a day, forward or back: who may not come in stays out, and siblings go on asking each other."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from shared.access.jwks import Jwks
from shared.access.oidc import Issuer
from shared.access.tokens import Tokens
from shared.principal import Principal
from shared.problems import Unauthorized
from tests.shared.access.conftest import Wall
from tests.shared.access.issuer import AUDIENCE, Provider, provider
from tests.shared.access.test_tokens import KEY

DAY = timedelta(days=1)
HOUR_SECONDS = 3_600
WEEK_SECONDS = 7 * 24 * HOUR_SECONDS


@pytest.fixture
def there() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.mark.parametrize("seen_before", [False, True])
def test_a_token_that_has_expired_by_the_clock_is_refused_and_a_longer_one_is_not(
    wall: Wall, seen_before: bool
) -> None:
    tokens = Tokens(KEY)
    short, long = (tokens.issue("user:jane", [], seconds) for seconds in (HOUR_SECONDS, WEEK_SECONDS))
    if seen_before:
        tokens.verify(short), tokens.verify(long)
    wall.by = DAY
    assert tokens.verify(long).subject == "user:jane"
    with pytest.raises(Unauthorized, match="expired"):
        tokens.verify(short)


@pytest.mark.parametrize("seen_before", [False, True])
def test_a_token_that_had_expired_stays_out_when_the_clock_is_put_back(wall: Wall, seen_before: bool) -> None:
    """It was made in what is now the future; that it was once seen to be good changes nothing."""
    tokens = Tokens(KEY)
    token = tokens.issue("user:jane", [], HOUR_SECONDS)
    if seen_before:
        tokens.verify(token)
    wall.by = -DAY
    with pytest.raises(Unauthorized, match="not valid yet"):
        tokens.verify(token)
    wall.by = timedelta()
    assert tokens.verify(token).subject == "user:jane"


@pytest.mark.parametrize("jump", [DAY, -DAY], ids=["forward", "back"])
def test_a_service_shows_its_siblings_a_token_that_is_good_by_the_clock_as_it_is_now(
    wall: Wall, jump: timedelta
) -> None:
    tokens = Tokens(KEY)
    before = tokens.for_service("campaign", ["contacts:address"])
    for by in (jump, timedelta()):
        wall.by = by
        shown = tokens.for_service("campaign", ["contacts:address"])
        assert tokens.verify(shown) == Principal("service:campaign", frozenset({"contacts:address"}))
    wall.by = jump
    with pytest.raises(Unauthorized):
        tokens.verify(before)


@pytest.mark.parametrize(("jump", "why"), [(DAY, "expired"), (-DAY, "not valid yet")], ids=["forward", "back"])
async def test_a_token_of_an_identity_provider_is_judged_by_the_clock_and_its_keys_are_not_fetched_for_it(
    wall: Wall, there: Provider, jump: timedelta, why: str
) -> None:
    issuer = Issuer(there.address, AUDIENCE, Jwks(there.jwks_url), "roles", {"sales-team": "sales"})
    token = there.token(there.new_key())
    assert await issuer.verify(token) == ("user:auth0|ada", ["sales"])
    wall.by = jump
    with pytest.raises(Unauthorized, match=why):
        await issuer.verify(token)
    wall.by = timedelta()
    assert await issuer.verify(token) == ("user:auth0|ada", ["sales"])
    assert there.asked == 1
