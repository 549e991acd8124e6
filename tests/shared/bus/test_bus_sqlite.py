"""What the embedded bus promises about its file: durable, one owner, pruned, and alive again after trouble."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.bus import BusUnavailable, Message
from shared.bus.sqlite import SqliteBus
from tests.shared.bus.conftest import numbered, read, values

PUBLISH_FOR_EVER = """
import asyncio, itertools, pathlib, sys
from shared.bus import Message
from shared.bus.sqlite import SqliteBus

async def main():
    bus = SqliteBus(pathlib.Path(sys.argv[1]))
    for n in itertools.count():
        await bus.publish([Message("t", "k", str(n).encode())])
        print(n, flush=True)

asyncio.run(main())
"""
FILL_THE_DISK = """
import asyncio, pathlib, resource, sys
from shared.bus import BusUnavailable, Message
from shared.bus.sqlite import SqliteBus

def room(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

async def tried(work):
    try:
        await work
        print("stored", flush=True)
    except BusUnavailable as trouble:
        print(trouble, flush=True)

async def main():
    bus = SqliteBus(pathlib.Path(sys.argv[1]))
    await tried(bus.publish([Message("t", "k", b"before")]))
    room(1024)  # no file may grow past this, nor a page be written behind it
    await tried(bus.publish([Message("t", "k", b"lost" * 1000)]))
    await tried(bus.ping())
    room(resource.RLIM_INFINITY)
    await tried(bus.publish([Message("t", "k", b"after")]))
    await bus.close()

asyncio.run(main())
"""


def child(script: str, path: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", script, str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603


async def stored(path: Path) -> list[bytes]:
    bus = SqliteBus(path)
    async with bus.consume("check", ["t"]) as consumer:
        found = await consumer.poll(100_000, wait=0)
    await bus.close()
    return values(found)


async def test_what_was_published_survives_a_kill(tmp_path: Path) -> None:
    with child(PUBLISH_FOR_EVER, tmp_path / "bus.db") as process:
        assert process.stdout
        answered = [int(process.stdout.readline()) for _ in range(200)]
        process.send_signal(signal.SIGKILL)
        answered += [int(line) for line in process.stdout]
    kept = [int(value) for value in await stored(tmp_path / "bus.db")]
    assert kept[: len(answered)] == answered
    assert kept == list(range(len(kept)))


async def test_a_full_disk_is_said_and_overcome(tmp_path: Path) -> None:
    with child(FILL_THE_DISK, tmp_path / "bus.db") as process:
        said = process.communicate(timeout=90)[0].splitlines()
    assert [line == "stored" for line in said] == [True, False, False, True]
    assert "free space" in said[1]
    assert await stored(tmp_path / "bus.db") == [b"before", b"after"]


async def test_a_file_has_one_owner_who_may_change(tmp_path: Path) -> None:
    with child(PUBLISH_FOR_EVER, tmp_path / "bus.db") as process:
        assert process.stdout and process.stdout.readline()
        with pytest.raises(BusUnavailable, match="One process, one bus per file"):
            SqliteBus(tmp_path / "bus.db")
        process.kill()
    await SqliteBus(tmp_path / "bus.db").close()
    await SqliteBus(tmp_path / "bus.db").close()


async def test_a_second_member_stands_by_and_goes_on_where_the_first_left(tmp_path: Path) -> None:
    bus = SqliteBus(tmp_path / "bus.db")
    await bus.publish(numbered("t", 10))

    async def second() -> list[bytes]:
        async with bus.consume("g", ["t"]) as consumer:
            return values(await consumer.poll(100, wait=90))

    async with bus.consume("g", ["t"]) as first:
        waiting = asyncio.create_task(second())
        await first.done(await first.poll(4, wait=1))
        assert not waiting.done()
    assert await waiting == [b"4", b"5", b"6", b"7", b"8", b"9"]
    await bus.close()


async def test_what_is_older_than_the_retention_goes_in_steps_and_the_rest_stays(tmp_path: Path) -> None:
    bus = SqliteBus(tmp_path / "bus.db", retention_seconds=3600)
    await bus.publish(numbered("t", 2500))
    assert await bus.prune(datetime.now(UTC)) == 0
    pruning = asyncio.create_task(bus.prune(datetime.now(UTC) + timedelta(hours=2)))
    await bus.publish(numbered("t", 1))  # goes in between: each step is a transaction of its own
    assert await pruning in (2500, 2501)
    await bus.publish(numbered("t", 3))
    async with bus.consume("g", ["t"]) as consumer:
        assert values(await read(consumer, 3))[-3:] == [b"0", b"1", b"2"]
    await bus.close()


async def test_what_others_submit_goes_sooner_than_a_fact(tmp_path: Path) -> None:
    bus = SqliteBus(tmp_path / "bus.db")
    await bus.publish([Message(topic, "", b"1") for topic in ("inbound-leads", "inbound.leads", "customer-contacts")])
    assert await bus.prune(datetime.now(UTC) + timedelta(days=6)) == 0
    assert await bus.prune(datetime.now(UTC) + timedelta(days=8)) == 1
    async with bus.consume("reader", ["inbound-leads", "inbound.leads", "customer-contacts"]) as consumer:
        left = [record.message.topic for record in await consumer.poll(10, 0.1)]
    assert left == ["inbound.leads", "customer-contacts"]
    await bus.close()


async def test_an_offset_is_never_given_twice_also_when_all_was_pruned(tmp_path: Path) -> None:
    bus = SqliteBus(tmp_path / "bus.db", retention_seconds=0)
    await bus.publish(numbered("t", 5))
    async with bus.consume("g", ["t"]) as consumer:
        last = (await read(consumer, 5))[-1]
    assert await bus.prune(datetime.now(UTC) + timedelta(seconds=1)) == 5
    await bus.close()
    bus = SqliteBus(tmp_path / "bus.db")
    await bus.publish(numbered("t", 1))
    async with bus.consume("g", ["t"]) as consumer:
        assert [record.offset for record in await read(consumer, 1)] == [last.offset + 1]
    await bus.close()


async def test_publishes_that_come_together_share_commits(tmp_path: Path) -> None:
    bus = SqliteBus(tmp_path / "bus.db")
    statements: list[str] = []
    assert bus._log._writer
    bus._log._writer.set_trace_callback(statements.append)
    await asyncio.gather(*(bus.publish([message]) for message in numbered("t", 200)))
    assert statements.count("COMMIT") < 20
    await bus.close()


async def test_the_file_is_written_in_the_way_that_survives_a_power_cut(tmp_path: Path) -> None:
    bus = SqliteBus(tmp_path / "bus.db")
    assert bus._log._writer
    assert bus._log._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert bus._log._writer.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    await bus.close()


async def test_closing_the_bus_ends_a_waiting_poll_with_a_sentence(tmp_path: Path) -> None:
    bus = SqliteBus(tmp_path / "bus.db")
    async with bus.consume("g", ["t"]) as consumer:
        waiting = asyncio.create_task(consumer.poll(1, wait=60))
        await asyncio.sleep(0)
        await bus.close()
        with pytest.raises(BusUnavailable, match="closed"):
            await waiting
    await bus.close()


async def test_a_record_done_late_does_not_move_the_bookmark_back(tmp_path: Path) -> None:
    bus = SqliteBus(tmp_path / "bus.db")
    await bus.publish(numbered("t", 3))
    async with bus.consume("g", ["t"]) as consumer:
        batch = await consumer.poll(3, wait=0)
        await consumer.done(batch)
        await consumer.done(batch[:1])
        assert await consumer.poll(3, wait=0) == []
    await bus.close()


async def test_the_address_says_path_and_retention_and_nothing_else(tmp_path: Path) -> None:
    bus = SqliteBus.from_url(f"sqlite:///{tmp_path}/a%20b/bus.db?retention_seconds=60")
    await bus.publish([Message("t", "k", b"")])
    assert (tmp_path / "a b" / "bus.db").exists()
    await bus.close()
    for wrong in ("sqlite:///", "sqlite://bus.db", "sqlite:///bus.db?max_bytes=1"):
        with pytest.raises(ValueError, match="BUS_URL must be sqlite:///path"):
            SqliteBus.from_url(wrong)


async def test_what_a_publish_of_unknown_end_has_stored_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that has seen everything takes no look until something came: here nobody knows whether it did."""
    bus = SqliteBus(tmp_path / "bus.db")
    stored = bus._log._commit

    def cut(jobs: object) -> list[int]:
        stored(jobs)  # type: ignore[arg-type]
        raise sqlite3.OperationalError("disk I/O error")

    async with bus.consume("readers", ["t"]) as consumer:
        assert await consumer.poll(10, 0.0) == []
        monkeypatch.setattr(bus._log, "_commit", cut)
        with pytest.raises(BusUnavailable):
            await bus.publish([Message("t", "k", b"stored")])
        monkeypatch.undo()
        assert values(await consumer.poll(10, 1.0)) == [b"stored"]
    await bus.close()
