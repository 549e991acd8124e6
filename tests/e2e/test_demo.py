"""`rainmaker demo`, as a newcomer runs it: follow-ups one by one, a summary that adds up, and a system to try."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.e2e.system import ROOT
from tests.real.ports import free_ports

LEADS = 40
SECONDS = 240
NOWHERE = {"DATABASE_URL": "postgresql://nobody@nowhere.example/{service}", "SMTP_URL": "smtp://nowhere.example:25"}
"""A demo must not care: made-up leads stay in its own folder."""


@contextmanager
def _demo(*options: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "services", "demo", "--port-base", str(free_ports() - 1), *options]
    command += ["--leads", str(LEADS), "--seconds", "2"]
    process = subprocess.Popen(  # noqa: S603  # our own command
        command, cwd=ROOT, env=os.environ | NOWHERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def told() -> str:
    """What a demo says that ends by itself."""
    with _demo("--exit") as process:
        out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, out + err
    return out


def _follow_ups(told: str) -> list[str]:
    return [line for line in told.splitlines() if line.startswith("follow-up")]


def _summary(told: str) -> dict[str, tuple[int, dict[str, int]]]:
    """By name: the total, and its parts."""
    rows = re.findall(r"^([a-z ]+?) +([0-9]+) = (.*)$", told, re.MULTILINE)
    assert rows, told
    return {name: (int(total), {part[1]: int(part[0]) for part in _parts(parts)}) for name, total, parts in rows}


def _parts(text: str) -> list[tuple[str, str]]:
    return re.findall(r"([0-9]+) ([^,]+)", text)


def test_each_follow_up_is_told_in_one_line_with_its_reasons_and_its_time(told: str) -> None:
    of_a_lead = (
        r"follow-up +\S+ \S+, \S.*?  +(e-mail welcome (sent|withheld: no_(consent|address))|task call done) +"
        r"because [AB] [0-9]+: \S.* [+-][0-9]+, after [0-9]+ ms"
    )
    of_a_figure = (
        r"follow-up +[a-z]+(/[a-z-]+)?  +(task look done|webhook tell sent) +because \S.*[0-9].*, after [0-9]+ ms"
    )
    line = re.compile(f"{of_a_lead}|{of_a_figure}")
    assert [told for told in _follow_ups(told) if not line.fullmatch(told)] == []


@pytest.mark.parametrize(
    "deed",
    [
        "e-mail welcome sent",
        "task call done",
        "withheld: no_consent",
        "withheld: no_address",
        "task look done",
        "webhook tell sent",
    ],
)
def test_follow_ups_of_every_sort_happen(told: str, deed: str) -> None:
    assert any(deed in line for line in _follow_ups(told))


def test_every_figure_of_the_summary_is_the_sum_of_its_parts(told: str) -> None:
    assert {name: total for name, (total, parts) in _summary(told).items() if total != sum(parts.values())} == {}


def test_the_figures_agree_with_each_other(told: str) -> None:
    summary = _summary(told)
    posted, leads = summary["leads posted"]
    planned, states = summary["actions planned"]
    assert posted == LEADS
    assert min(leads["known"], leads["refused"]) > 0
    assert summary["contacts"][0] == leads["new"]
    assert set(summary["contacts"][1]) == {"grade A", "grade B", "grade C"}
    alarms = len(re.findall("^alarm ", told, re.MULTILINE))
    assert summary["decisions"][0] >= 2 * (leads["new"] + leads["known"]) + 2 * alarms  # two journeys about each
    assert planned == len(_follow_ups(told))
    assert states["withheld"] == summary["withheld"][0]
    assert set(summary["refused"][1]) <= {"with 409", "with 422"}


def test_the_bad_day_of_a_campaign_becomes_an_alarm_a_task_a_signed_webhook_and_a_budget_with_a_persons_yes(
    told: str,
) -> None:
    """And what is within the expected range does not: the one campaign that went wrong is the only one named."""
    alarms = re.findall(r"^alarm +(\S+) +(\S+) of .*? was expected from", told, re.MULTILINE)
    assert {series for series, _ in alarms} == {"search/generic"}
    assert "spend" in {measure for _, measure in alarms}
    assert len(re.findall(r"^webhook +search/generic +tell, signed, received$", told, re.MULTILINE)) == len(alarms)
    assert re.search(r"^approval +search/generic +[0-9.]+ EUR a day approved by user:demo: \S", told, re.MULTILINE)


def test_the_tables_hold_every_company_and_every_channel(told: str) -> None:
    companies, dropped = re.findall(r"industries: ([0-9]+) companies, ([0-9]+) dropped", told)[0]
    counted = re.findall(r"^ +[A-Z][a-z ]+?  +([0-9]+) +[0-9.]+ EUR +-?[0-9.]+ *$", told, re.MULTILINE)
    assert sum(map(int, counted)) == int(companies) - int(dropped) > 0
    channels = re.findall(r"^ +([a-z]+) +([0-9,]+) +([0-9,]+) +[0-9.]+% +([0-9.]+) EUR ", told, re.MULTILINE)
    assert [name for name, *_ in channels] == ["facebook", "linkedin", "search"]


def test_it_stays_up_with_a_token_that_works_until_ctrl_c_and_begins_anew_each_time(told: str) -> None:
    with _demo() as process:
        said = _until(process, "curl ")
        folder = Path(re.findall(r"^data in ([^;\n]+)", said, re.MULTILINE)[0])
        assert folder.is_dir()
        assert _summary(said) == _summary(told)
        token, docs = re.findall(r"^TOKEN=(\S+)$", said, re.MULTILINE)[0], re.findall(r"http://\S+/docs", said)
        assert {httpx.get(page, timeout=60).status_code for page in docs} == {200}
        asked = re.findall(r'^curl .* "(http://\S+)"$', said, re.MULTILINE)[0]
        assert httpx.get(asked, headers={"Authorization": f"Bearer {token}"}, timeout=60).json()["items"]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (0, "")
    assert not folder.exists()


def _until(process: "subprocess.Popen[str]", beginning: str) -> str:
    """What it says up to and with the line that begins so."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith(beginning):
            return said
    raise AssertionError(f"it ended before it said {beginning}:\n{said}")


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "customer.db").touch()
    with _demo("--data", str(tmp_path)) as process:
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert err.startswith("Choose a new folder for the demo")


def test_ctrl_c_in_the_middle_ends_it_cleanly_and_a_folder_that_was_given_stays(tmp_path: Path) -> None:
    with _demo("--data", str(tmp_path / "kept")) as process:
        _until(process, "follow-up")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (0, "")
    assert (tmp_path / "kept" / "customer.db").is_file()
