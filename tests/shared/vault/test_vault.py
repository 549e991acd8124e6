"""Keys are durable before they are used, gone when they are forgotten, and never on the disk in the clear."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from shared.problems import Problem
from shared.vault import BATCH, KeyGone, PersonKey, Tampered, Vault
from shared.vault.keystore import open_keystore
from tests.eventually import until

MASTER = bytes(range(32))


class Watch:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(params=["sqlite", "postgres"])
def keys_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/keys/keys.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def vault(keys_url: str, watch: Watch) -> AsyncIterator[Vault]:
    vault = Vault(MASTER, open_keystore(keys_url), watch)
    yield vault
    await vault.close()


def stored(keys_url: str) -> dict[str, bytes]:
    """What another process would find on the disk."""
    query = "SELECT key_id, wrapped FROM person_keys"
    if keys_url.startswith("sqlite"):
        with closing(sqlite3.connect(keys_url.removeprefix("sqlite:///"))) as file:
            return dict(file.execute(query).fetchall())
    with psycopg.connect(keys_url) as connection:
        return {key_id: bytes(wrapped) for key_id, wrapped in connection.execute(query).fetchall()}


async def another(keys_url: str, master: bytes = MASTER) -> Vault:
    return Vault.open(keys_url, master)


def used(*keys: PersonKey) -> Callable[[Collection[str]], Awaitable[Collection[str]]]:
    async def in_use(key_ids: Collection[str]) -> Collection[str]:
        return {key.id for key in keys} & set(key_ids)

    return in_use


async def test_a_new_key_is_on_the_disk_before_it_is_given_out(vault: Vault, keys_url: str) -> None:
    key = await vault.new_key()
    assert key.id in stored(keys_url)


async def test_a_key_survives_the_process(vault: Vault, keys_url: str) -> None:
    key = await vault.new_key()
    box = key.seal(b"ada@example.com", "contacts/con_1")
    later = await another(keys_url)
    assert (await later.key(key.id)).open(box, "contacts/con_1") == b"ada@example.com"
    await later.close()


async def test_many_callers_at_once_get_keys_of_their_own(vault: Vault) -> None:
    keys = await asyncio.gather(*(vault.new_key() for _ in range(3 * BATCH)))
    assert len({key.id for key in keys}) == len({key.secret for key in keys}) == 3 * BATCH


async def test_the_pool_is_refilled_before_it_is_empty(vault: Vault, keys_url: str) -> None:
    for _ in range(BATCH - 10):
        await vault.new_key()
    await until(lambda: len(stored(keys_url)) == 2 * BATCH)


async def test_a_key_that_waited_too_long_is_not_given_out(vault: Vault, watch: Watch, keys_url: str) -> None:
    await vault.new_key()
    old = set(stored(keys_url))
    watch.now += timedelta(minutes=11)
    assert (await vault.new_key()).id not in old


async def test_the_disk_holds_no_key_in_the_clear(vault: Vault, keys_url: str) -> None:
    key = await vault.new_key()
    assert all(key.secret not in wrapped for wrapped in stored(keys_url).values())


async def test_a_wrapped_key_cannot_be_put_in_the_place_of_another(vault: Vault, keys_url: str) -> None:
    mine, other = await vault.new_key(), await vault.new_key()
    swap = "UPDATE person_keys SET wrapped = {} WHERE key_id = {}"
    if keys_url.startswith("sqlite"):
        with closing(sqlite3.connect(keys_url.removeprefix("sqlite:///"))) as file, file:
            file.execute(swap.format("?", "?"), (stored(keys_url)[other.id], mine.id))
    else:
        with psycopg.connect(keys_url) as connection:
            connection.execute(swap.format("%s", "%s").encode(), (stored(keys_url)[other.id], mine.id))
    later = await another(keys_url)
    with pytest.raises(Tampered):
        await later.key(mine.id)
    await later.close()


async def test_another_master_key_opens_nothing(vault: Vault, keys_url: str) -> None:
    key = await vault.new_key()
    stranger = await another(keys_url, bytes(32))
    with pytest.raises(Tampered):
        await stranger.key(key.id)
    assert stranger.lookup("email", "a@b.example") != vault.lookup("email", "a@b.example")
    await stranger.close()


async def test_a_forgotten_key_is_gone_here_and_in_a_new_process(vault: Vault, keys_url: str) -> None:
    key, kept = await vault.new_key(), await vault.new_key()
    await vault.forget(key.id)
    with pytest.raises(KeyGone):
        await vault.key(key.id)
    later = await another(keys_url)
    assert set(await later.keys([key.id, kept.id])) == {kept.id}
    await later.close()


async def test_keys_are_fetched_together_and_unknown_ones_left_out(vault: Vault, keys_url: str) -> None:
    made = [await vault.new_key() for _ in range(1200)]
    later = await another(keys_url)
    found = await later.keys([*(key.id for key in made), "key_unknown"])
    assert found == {key.id: key for key in made}
    await later.close()


async def test_sweeping_takes_old_keys_without_a_row_and_no_others(vault: Vault, watch: Watch, keys_url: str) -> None:
    person, nobody = await vault.new_key(), await vault.new_key()
    assert await vault.sweep(used(person)) == 0
    watch.now += timedelta(minutes=61)
    fresh = await vault.new_key()
    watch.now += timedelta(minutes=5)
    assert await vault.sweep(used(person), older_than=timedelta(0)) == BATCH - 1
    assert {person.id, fresh.id} <= set(stored(keys_url))
    with pytest.raises(KeyGone):
        await vault.key(nobody.id)


async def test_a_key_found_in_use_is_not_asked_about_again(vault: Vault, watch: Watch) -> None:
    person = await vault.new_key()
    watch.now += timedelta(minutes=61)
    await vault.sweep(used(person))
    asked: list[str] = []

    async def in_use(key_ids: Collection[str]) -> Collection[str]:
        asked.extend(key_ids)
        return key_ids

    await vault.sweep(in_use)
    assert asked == []
    assert await vault.key(person.id) == person


async def test_two_processes_may_start_on_an_empty_store_at_once(keys_url: str) -> None:
    vaults = [await another(keys_url) for _ in range(1 if keys_url.startswith("sqlite") else 6)]
    keys = await asyncio.gather(*(vault.new_key() for vault in vaults))
    assert len({key.id for key in keys}) == len(vaults)
    for vault in vaults:
        await vault.close()


async def test_lookups_are_keyed_and_tell_kinds_apart(vault: Vault) -> None:
    assert vault.lookup("email", "a@b.example") == vault.lookup("email", "a@b.example")
    assert vault.lookup("email", "a@b.example") != vault.lookup("phone", "a@b.example")


async def test_a_lost_connection_to_postgres_is_replaced(postgres_url: str) -> None:
    vault = await another(postgres_url)
    key = await vault.new_key()
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await vault.ping()
    await vault.forget(key.id)
    assert key.id not in stored(postgres_url)
    await vault.close()


async def test_a_store_that_cannot_be_reached_is_a_503_and_says_so(tmp_path: Path) -> None:
    vault = await another(f"postgresql:///keys?host={tmp_path}")
    for ask in (vault.ping, vault.new_key):
        with pytest.raises(Problem, match="keys cannot be reached") as refused:
            await ask()
        assert refused.value.status == 503
    await vault.close()


async def test_an_erased_key_is_not_left_in_the_files(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/keys.db"
    vault = await another(url)
    key = await vault.new_key()
    wrapped = stored(url)[key.id]
    await vault.forget(key.id)
    files = {file: file.read_bytes() for file in tmp_path.iterdir()}  # noqa: ASYNC240 (three small files)
    assert len(files) == 3, "the database, its log and its index"
    assert not any(wrapped in content for content in files.values())
    await vault.close()


async def test_the_store_is_closed_to_other_users(tmp_path: Path) -> None:
    vault = await another(f"sqlite:///{tmp_path}/keys/keys.db")
    await vault.ping()
    modes = [path.stat().st_mode & 0o077 for path in (tmp_path / "keys", *(tmp_path / "keys").iterdir())]
    assert modes == [0, 0, 0, 0]
    await vault.close()


def test_a_master_key_of_another_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes, not 5"):
        Vault.open(f"sqlite:///{tmp_path}/keys.db", b"short")


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="sqlite:/// or postgresql://"):
        open_keystore("mysql://keys")
