"""Rows by the chunk: each once, also when a batch that was cut off is sent again."""

from shared.database.tx import Once
from shared.web.batches import by_the_chunk


def key() -> Once:
    return Once("user:ada POST /v1/things:batch", "k1", "fingerprint")


async def test_chunks_follow_one_another_and_each_has_a_key_of_its_own() -> None:
    asked: list[tuple[range, str]] = []

    async def take(places: range, part: Once | None) -> tuple[list[int], bool]:
        assert part is not None
        asked.append((places, part.key))
        return list(places), True

    once = key()
    assert await by_the_chunk(7, 3, once, take) == list(range(7))
    assert asked == [(range(3), "k1 0"), (range(3, 6), "k1 3"), (range(6, 7), "k1 6")]
    assert not once.replayed


async def test_a_batch_is_replayed_only_if_all_that_was_written_is() -> None:
    async def replayed(stored: set[int], written: set[int]) -> bool:
        async def take(places: range, part: Once | None) -> tuple[list[int], bool]:
            assert part is not None
            part.replayed = places.start in stored
            return list(places), places.start in written

        once = key()
        await by_the_chunk(9, 3, once, take)
        return once.replayed

    assert await replayed({0, 3, 6}, {0, 3, 6})
    assert not await replayed({0, 3}, {0, 3, 6})
    assert await replayed({0, 3}, {0, 3})
    assert not await replayed(set(), set())


async def test_without_a_key_nothing_is_remembered() -> None:
    async def take(places: range, part: Once | None) -> tuple[list[int], bool]:
        assert part is None
        return list(places), True

    assert await by_the_chunk(2, 5, None, take) == [0, 1]
