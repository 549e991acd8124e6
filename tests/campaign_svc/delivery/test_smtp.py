"""A real mail server on loopback, well and badly behaved: each ending is told apart, and none is told as another."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.campaign_svc.delivery import effects, smtp
from services.campaign_svc.delivery.mailbox import MailboxFolder
from services.campaign_svc.delivery.message import Mail, Mailbox, compose
from services.campaign_svc.delivery.smtp import SmtpServer
from shared.clock import utc_now
from shared.due import Outcome, Result
from shared.ids import new_id
from shared.settings import WrongSetting
from tests.campaign_svc.delivery.world import World
from tests.eventually import until
from tests.real.smtp import CLOSE, MailServer

ADA = "ada@example.org"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[MailServer]:
    server = MailServer(log=tmp_path / "mails.jsonl")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def mailer(server: MailServer) -> AsyncIterator[SmtpServer]:
    mailer = SmtpServer(server.url, answer_seconds=600.0, take_seconds=600.0)
    yield mailer
    await mailer.close()


class Begun:
    """Counts the marks that would be made durable."""

    times = 0

    async def __call__(self) -> None:
        self.times += 1


def mail(to: str = ADA) -> Mail:
    return compose(
        new_id("act"), sender=Mailbox("sales@example.com"), to=Mailbox(to), subject="Hi", text="Hi", at=utc_now()
    )


async def sent(mailer: SmtpServer, to: str = ADA) -> tuple[Result, int]:
    begun = Begun()
    return await mailer.send(mail(to), begun), begun.times


async def test_an_accepted_mail_is_done_and_in_the_ledger(server: MailServer, mailer: SmtpServer) -> None:
    result, begun = await sent(mailer)
    assert (result.outcome, begun) == (Outcome.DONE, 1)
    assert [one.recipients for one in server.accepted] == [(ADA,)]


async def test_mails_share_a_connection(server: MailServer, mailer: SmtpServer) -> None:
    for _ in range(5):
        await sent(mailer)
    assert (len(server.accepted), server.connections) == (5, 1)


@pytest.mark.parametrize("answer", ["550 5.1.1 no ada@example.org here", "553 5.1.3 bad"])
async def test_a_recipient_refused_for_good_is_refused_before_it_began(
    server: MailServer, mailer: SmtpServer, answer: str
) -> None:
    server.faults.rcpt[ADA] = [answer]
    result, begun = await sent(mailer)
    assert (result.outcome, begun) == (Outcome.REFUSED, 0)
    assert result.detail == "refused with " + answer[:9]


async def test_a_refusal_leaves_the_connection_usable(server: MailServer, mailer: SmtpServer) -> None:
    server.faults.rcpt[ADA] = ["550 no"]
    await sent(mailer)
    result, _ = await sent(mailer, "bob@example.org")
    assert (result.outcome, server.connections) == (Outcome.DONE, 1)


@pytest.mark.parametrize("answer", ["450 4.2.1 later", "421 4.3.2 closing"])
async def test_a_temporary_refusal_of_the_recipient_is_tried_again(
    server: MailServer, mailer: SmtpServer, answer: str
) -> None:
    server.faults.rcpt[ADA] = [answer]
    assert await sent(mailer) == (Result(Outcome.RETRY, f"refused with {answer[:9]}"), 0)
    assert (await sent(mailer))[0].outcome is Outcome.DONE


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("554 5.7.1 spam", Outcome.REFUSED), ("452 4.3.1 full", Outcome.RETRY), ("530 5.7.0 log in", Outcome.RETRY)],
)
async def test_an_answer_after_data_is_a_clear_one(
    server: MailServer, mailer: SmtpServer, answer: str, outcome: Outcome
) -> None:
    server.faults.data[ADA] = [answer]
    assert await sent(mailer) == (Result(outcome, f"refused with {answer[:9]}"), 1)
    assert server.accepted == []


async def test_a_connection_cut_after_data_is_unknown(server: MailServer, mailer: SmtpServer) -> None:
    server.faults.data[ADA] = [CLOSE]
    result, begun = await sent(mailer)
    assert (result.outcome, begun) == (Outcome.UNKNOWN, 1)
    assert len(server.accepted) == 1


async def test_an_answer_that_comes_too_late_is_unknown(server: MailServer) -> None:
    server.faults.seconds = 600.0
    mailer = SmtpServer(server.url, take_seconds=0.3)
    assert (await sent(mailer))[0].outcome is Outcome.UNKNOWN


async def test_an_answer_that_is_none_is_unknown(server: MailServer, mailer: SmtpServer) -> None:
    server.faults.data[ADA] = ["354 go on"]
    assert (await sent(mailer))[0].outcome is Outcome.UNKNOWN


async def test_a_server_that_is_away_is_tried_again_and_nothing_began(server: MailServer, mailer: SmtpServer) -> None:
    await server.stop()
    result, begun = await sent(mailer)
    assert (result.outcome, begun) == (Outcome.RETRY, 0)


async def test_a_connection_that_ended_while_idle_is_replaced(server: MailServer, mailer: SmtpServer) -> None:
    await sent(mailer)
    await server.stop()
    await server.start()
    assert (await sent(mailer))[0].outcome is Outcome.DONE
    assert len(server.accepted) == 2


async def test_an_idle_connection_is_given_back(
    server: MailServer, mailer: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "IDLE_SECONDS", 0.01)
    await sent(mailer)
    await until(lambda: not mailer._idle)


async def test_nothing_is_handed_over_when_the_mark_cannot_be_made(server: MailServer, mailer: SmtpServer) -> None:
    async def fails() -> None:
        raise ConnectionError("the database is away")

    with pytest.raises(ConnectionError):
        await mailer.send(mail(), fails)
    assert server.accepted == []


async def test_an_address_beyond_ascii_arrives(server: MailServer, mailer: SmtpServer) -> None:
    await sent(mailer, "jörg@example.org")
    assert server.accepted[0].recipients == ("jörg@example.org",)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", smtp.Address("mail.example", None, None, None, tls=False, starttls=False)),
        ("smtps://u%40x:p%2Fw@h:465", smtp.Address("h", 465, "u@x", "p/w", tls=True, starttls=False)),
        ("smtp+starttls://h:587", smtp.Address("h", 587, None, None, tls=False, starttls=True)),
        ("smtp://h?starttls=1", smtp.Address("h", None, None, None, tls=False, starttls=True)),
    ],
)
def test_the_address_says_how_to_reach_the_server(url: str, expected: smtp.Address) -> None:
    assert smtp.Address.parse(url) == expected


async def test_the_mailbox_holds_one_whole_file_however_often_it_is_sent(tmp_path: Path) -> None:
    folder, letter, begun = MailboxFolder(tmp_path / "mailbox"), mail(), Begun()
    for _ in range(3):
        assert (await folder.send(letter, begun)).outcome is Outcome.DONE
    assert [path.name for path in folder.folder.iterdir()] == [f"{letter.action_id}.eml"]
    assert (folder.folder / f"{letter.action_id}.eml").read_bytes() == letter.content


async def test_a_mailbox_that_cannot_be_written_waits(tmp_path: Path) -> None:
    folder, letter = MailboxFolder(tmp_path / "mailbox"), mail()
    (tmp_path / "mailbox" / f"{letter.action_id}.eml").mkdir()
    assert (await folder.send(letter, Begun())).outcome is Outcome.RETRY


async def test_a_sender_that_is_no_address_stops_the_start(world: World) -> None:
    settings = world.runtime.settings.model_copy(update={"mail_from": "Rainmaker"})
    with pytest.raises(WrongSetting, match="RAINMAKER_MAIL_FROM"):
        effects(replace(world.runtime, settings=settings))
