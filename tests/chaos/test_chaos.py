"""A thousand leads, ad metrics and companies, twenty kills: every promise is kept, by one process and by nine."""

from pathlib import Path

from tests.chaos.plan import SIZES
from tests.chaos.run import Outcome, run
from tests.chaos.stacks import embedded, nine_processes
from tests.real.kafka import Broker

SEED = 1


async def test_every_promise_is_kept_however_often_the_local_system_is_killed(tmp_path: Path) -> None:
    with embedded(tmp_path) as stack:
        judge(await run(stack, tmp_path, SEED, SIZES["quick"]))


async def test_every_promise_is_kept_however_often_nine_processes_and_the_broker_are_killed(
    tmp_path: Path, postgres_service_url: str, own_kafka: Broker
) -> None:
    with nine_processes(tmp_path, postgres_service_url, own_kafka) as stack:
        judge(await run(stack, tmp_path, SEED, SIZES["quick"]))


def judge(outcome: Outcome) -> None:
    print(outcome)
    assert outcome.wrong == {}
    ledger, size = outcome.ledger, SIZES["quick"]
    assert (len(ledger.promises), len(ledger.reports)) == (size.leads, size.metrics)
    assert len(outcome.shown.companies) == size.companies
    assert outcome.shown.mails, "a run without mails shows nothing about mails"
    assert [0 < one.killed_at < len(one.file.rows) for one in ledger.imports] == [True], "no import was killed halfway"
