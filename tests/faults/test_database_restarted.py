"""PostgreSQL is restarted under load: 503 with Retry-After meanwhile, and nobody else is started again afterwards."""

from pathlib import Path

from tests.chaos.stacks import embedded
from tests.eventually import until
from tests.faults.load import PATIENCE, under_load
from tests.real.postgres import OwnServer, fresh_service_databases


async def test_a_database_that_is_stopped_or_killed_and_comes_back_costs_time_and_nothing_else(
    own_postgres: OwnServer, tmp_path: Path
) -> None:
    with embedded(tmp_path, DATABASE_URL=fresh_service_databases(own_postgres)) as stack:
        async with under_load(stack, tmp_path) as load:
            for away in (own_postgres.stop, own_postgres.kill):
                await load.more(30)
                away()
                before = load.book.refusals.total()
                await until(lambda: load.book.refusals.total() >= before + 20, seconds=PATIENCE)  # noqa: B023
                await load.services_answer()
                own_postgres.start()
            await load.more(30)
        assert stack.system.processes["serve"].alive
