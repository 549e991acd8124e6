"""What the demo says: one line for each follow-up and each refused lead, and a summary that adds up.

On a terminal in colour; else plain text, so that it can be piped and read by scripts.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from statistics import quantiles

import httpx
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.demo.people import Lead
from services.demo.watch import Row, moment
from shared.settings import SERVICES, Settings

DEEDS = {"email": "e-mail", "task": "task", "webhook": "webhook"}
COLOURS = {"sent": "green", "done": "green", "withheld": "yellow", "failed": "red", "unknown": "red"}
MOST_REASONS = 2
WIDE = 200
"""Characters of a line where no terminal says how many it has: tables are not cut for a file."""


class Teller:
    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDE)

    def say(self, *parts: str | Text) -> None:
        """One line, however narrow the window: a script may read it."""
        self._console.print(Text.assemble(*parts), soft_wrap=True)

    def alarm(self, alarm: Row) -> None:
        self.say("alarm      ", Text(f"{alarm['series']:<39}  ", style="bold red"), alarm["reason"])

    def received(self, message: Row) -> None:
        """A webhook, as the other system got it."""
        told = message["data"]
        self.say("webhook    ", Text(f"{told['about']:<39}  ", style="bold"), f"{told['name']}, signed, received")

    def approval(self, approval: Row) -> None:
        content, budget = approval["content"], approval["daily_budget"]
        self.say(
            "approval   ",
            Text(f"{approval['series']:<39}  ", style="bold"),
            f"{budget['amount']} {budget['currency']} a day {approval['state']} by {approval['decided_by']}: ",
            content["reason"],
        )

    def grid(self, title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table of figures: the first column is text, the others are numbers."""
        table = Table(box=SIMPLE, title=title, title_justify="left")
        for place, head in enumerate(heads):
            table.add_column(head, justify="right" if place else "left", no_wrap=True)
        for row in rows:
            table.add_row(*row)
        self._console.print(table)

    def follow_up(self, who: str, action: Row, reasons: str) -> None:
        """Who, what, why, and how long after the fact."""
        after = f"after {after_ms(action)} ms"
        outcome = Text(f"{what(action):<35}", style=COLOURS.get(action["state"], ""))
        self.say("follow-up  ", Text(f"{who:<39}  ", style="bold"), outcome, f"  because {reasons}, {after}")

    def refused(self, lead: Lead, answer: httpx.Response) -> None:
        if answer.is_error:
            self.say(Text(f"refused    {lead.who:<39}  {answer.status_code}  {problem(answer)}", style="dim"))

    def table(self, rows: Iterable[tuple[str, int, Mapping[str, int]]]) -> None:
        """Each row a name, a total, and what it is made of."""
        lines = [
            (name, total, ", ".join(f"{count} {part}" for part, count in parts.items())) for name, total, parts in rows
        ]
        if not self._console.is_terminal:
            for name, total, parts in lines:
                self.say(f"{name:<16} {total:>5} = {parts}")
            return
        table = Table(box=SIMPLE, show_header=False)
        for name, total, parts in lines:
            table.add_row(name, Text(str(total), justify="right", style="bold"), parts)
        self._console.print(table)


def invitation(settings: Settings, token: str) -> str:
    """What to try next, while the services stay up."""
    docs = "\n".join(f"  {name:<9}  {settings.url_of(name)}/docs" for name in SERVICES)
    return (
        f"\nThe services stay up until Ctrl-C. Look around:\n{docs}\n  {'mailbox':<9}  {settings.mailbox}\n\n"
        f"with this token (a click on Authorize takes it), good for twelve hours:\n\nTOKEN={token}\n\n"
        f'curl -s -H "Authorization: Bearer $TOKEN" "{settings.url_of("campaign")}/v1/decisions?limit=1"\n'
    )


def what(action: Row) -> str:
    """`e-mail welcome sent`, `task call done`, `e-mail welcome withheld: no_consent`."""
    deed = f"{DEEDS[action['kind']]} {action['name']} {action['state']}"
    return f"{deed}: {action['because']}" if action["because"] else deed


def why(score: Row) -> str:
    """The grade, the score, and the reasons that weigh most."""
    weighed = sorted(score["contributions"], key=lambda one: -abs(one["points"]))
    reasons = ", ".join(f"{one['reason']} {one['points']:+}" for one in weighed[:MOST_REASONS])
    return f"{score['grade']} {score['score']}: {reasons}"


def problem(answer: httpx.Response) -> str:
    """The sentence of a problem answer, and the fields that it names."""
    said = answer.json()
    fields = "; ".join(f"{error['pointer']} {error['detail']}" for error in said.get("errors") or [])
    return fields or str(said.get("detail") or said["title"])


def after_ms(action: Row) -> int:
    """From when the fact was true to when the follow-up was recorded."""
    return round((moment(action["settled_at"]) - moment(action["occurred_at"])).total_seconds() * 1_000)


def percentiles(figures: Sequence[int]) -> tuple[int, int]:
    """The 50th and the 95th."""
    if len(figures) < 2:
        return (figures[0], figures[0]) if figures else (0, 0)
    cuts = quantiles(figures, n=20, method="inclusive")
    return round(cuts[9]), round(cuts[18])
