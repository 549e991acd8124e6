"""The store of persons' keys when its database does not answer."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from shared.problems import Problem
from shared.vault import PersonKey, Vault
from tests.eventually import eventually
from tests.real.proxy import Proxy

MASTER = bytes(range(32))


async def test_a_connection_that_fell_silent_is_a_503_and_then_replaced(
    behind_proxy: tuple[str, Proxy], product_limits: Callable[[], None]
) -> None:
    """As after a failover: open, and not a word. Nobody waits for ever, those who come behind it neither."""
    url, between = behind_proxy
    vault = Vault.open(url, MASTER)
    key = await vault.new_key()
    later = Vault.open(url, MASTER)
    await later.ping()
    product_limits()
    between.fall_silent()
    async with asyncio.timeout(240):
        asked = (later.keys([key.id]), later.forget("key_1"), later.ping())
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [isinstance(answer, Problem) and answer.status for answer in answers] == [503] * 3
        assert await eventually(lambda: found(later, key.id)) == {key.id: key}
        between.fall_silent()
        await later.close()
        await vault.close()


async def found(vault: Vault, key_id: str) -> dict[str, PersonKey] | None:
    with suppress(Problem):
        return await vault.keys([key_id])
    return None
