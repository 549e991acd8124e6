"""The partition of a key is the one that every other Kafka client would choose."""

import random

from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as theirs

from shared.bus.murmur2 import murmur2, partition_of
from shared.ids import new_id


def test_the_hash_is_the_one_that_the_client_library_computes() -> None:
    chance = random.Random(7)
    for length in range(70):
        key = chance.randbytes(length)
        assert murmur2(key) & 0xFFFFFFFF == theirs(key) & 0xFFFFFFFF, key


def test_the_partition_is_the_one_that_the_client_library_chooses() -> None:
    partitions = list(range(6))
    for key in (new_id("con").encode() for _ in range(200)):
        assert partition_of(key, 6) == DefaultPartitioner()(key, partitions, partitions)


def test_known_values_of_the_java_client_hold() -> None:
    """From Kafka's own UtilsTest."""
    assert [
        murmur2(key) - (1 << 32 if murmur2(key) >> 31 else 0) for key in (b"21", b"foobar", b"a-little-bit-long-string")
    ] == [
        -973932308,
        -790332482,
        -985981536,
    ]
