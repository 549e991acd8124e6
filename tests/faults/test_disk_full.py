"""A disk that is full: refused in words that say so, nothing acknowledged is lost, and on it goes once there is room.

Nobody restarts anything.
"""

from pathlib import Path

from tests.chaos.stacks import Stack, embedded
from tests.eventually import until
from tests.faults.load import PATIENCE, under_load
from tests.real.disk import SmallDisk

STOOD_STILL = {"deadline", "unknown"}
"""What is said where the machine did not get on: that has nothing to do with the disk."""


async def test_a_full_data_folder_is_said_to_be_full_and_costs_only_time(disk: SmallDisk, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(disk.folder, target_is_directory=True)
    with embedded(tmp_path) as stack:
        await full_for_a_while(stack, disk, tmp_path)


async def test_a_full_disk_of_postgresql_is_said_to_be_full_and_costs_only_time(
    disk: SmallDisk, url_on_disk: str, tmp_path: Path
) -> None:
    with embedded(tmp_path, DATABASE_URL=url_on_disk) as stack:
        await full_for_a_while(stack, disk, tmp_path)


async def full_for_a_while(stack: Stack, disk: SmallDisk, folder: Path) -> None:
    async with under_load(stack, folder) as load:
        await load.more(30)
        disk.fill()
        await until(lambda: load.book.refusals["storage-full"] >= 20, seconds=PATIENCE)
        await load.services_answer()
        disk.free()
        await load.more(30)
    assert set(load.book.refusals) - STOOD_STILL == {"storage-full"}
    assert stack.system.processes["serve"].alive
