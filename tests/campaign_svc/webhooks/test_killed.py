"""A worker that is killed between a message and its note loses nothing: the message comes again, under the same id."""

import asyncio
import signal
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

from tests.campaign_svc.webhooks.receiver import HANG, OK, told
from tests.campaign_svc.webhooks.world import World
from tests.eventually import eventually

ROOT = Path(__file__).parents[3]
COUNT = 2


async def test_what_a_killed_worker_had_sent_and_not_noted_is_sent_again_under_the_same_id(
    world: World, database_url: str, tmp_path: Path
) -> None:
    async with told(usually=HANG) as receiver:
        await world.endpoint(receiver.url)
        actions = await world.plan(count=COUNT)
        (tmp_path / "killed").mkdir()
        arguments = ["-m", "tests.campaign_svc.webhooks.killed", database_url, str(tmp_path / "killed")]
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT)

        async def taken() -> bool:
            return len(receiver.messages) == COUNT

        await eventually(taken, seconds=60.0)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        receiver.usually = OK

        async def all_sent() -> bool:
            await world.work(later=timedelta(minutes=2))
            return set(await world.states(*actions)) == {("sent", None)}

        await eventually(all_sent)
    assert Counter(message.id for message in receiver.messages) == dict.fromkeys(actions, 2)
    assert len({message.body for message in receiver.messages}) == COUNT
