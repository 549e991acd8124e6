"""A worker that is killed while it sends doubles nothing: the unclear is unknown, what had not begun goes out."""

import asyncio
import signal
import sys
from pathlib import Path

from tests.campaign_svc.delivery.world import World
from tests.eventually import until

ROOT = Path(__file__).parents[3]


async def worker(world: World, database_url: str, folder: Path) -> asyncio.subprocess.Process:
    mails, customer = world.mails.url, world.customer.url
    arguments = ["-m", "tests.campaign_svc.delivery.killed", database_url, mails, customer, str(folder)]
    return await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT)


async def test_a_mail_taken_from_a_worker_that_was_killed_is_unknown_and_never_sent_again(
    world: World, database_url: str, tmp_path: Path
) -> None:
    world.mails.faults.seconds = 600.0
    actions = await world.emails(*(f"p{number}@example.org" for number in range(12)))
    (tmp_path / "killed").mkdir()
    process = await worker(world, database_url, tmp_path / "killed")
    await until(lambda: len(world.mails.accepted) == 8, seconds=90)
    process.send_signal(signal.SIGKILL)
    await process.wait()

    world.mails.faults.seconds = 0.0
    while await world.work_later():
        pass
    states = {action: (await world.state(action))[0] for action in actions}
    taken = [mail.action_id for mail in world.mails.accepted]
    assert len(taken) == len(set(taken)) == 12
    assert {action for action in actions if states[action] == "unknown"} == set(taken[:8])
    assert {action for action in actions if states[action] == "sent"} == set(taken[8:])
