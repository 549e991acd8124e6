"""docs/demo.svg, drawn from what `rainmaker demo` really says on a terminal: `make picture`.

Many follow-ups are cut to the first few, long lines at the edge; nothing else is changed.
"""

import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import dropwhile

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests.e2e.system import ROOT
from tests.real.ports import free_ports

PICTURE = ROOT / "docs" / "demo.svg"
COLUMNS = 165
SHOWN = 12
"""So many follow-ups and refused leads are shown."""

THEME = TerminalTheme(
    (22, 27, 34),
    (201, 209, 217),
    [
        (72, 79, 88),
        (248, 81, 73),
        (63, 185, 80),
        (210, 153, 34),
        (88, 166, 255),
        (188, 140, 255),
        (57, 197, 207),
        (177, 186, 196),
    ],
)
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def said(command: list[str]) -> str:
    """What a command writes when it is asked on a terminal."""
    mine, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=theirs, stderr=subprocess.DEVNULL):  # noqa: S603
        os.close(theirs)
        return b"".join(_pieces(mine)).decode().replace("\r\n", "\n")


def _pieces(terminal: int) -> Iterator[bytes]:
    """Until the last one that held the terminal's other end is gone, of which the system makes an error."""
    try:
        while piece := os.read(terminal, 65536):
            yield piece
    except OSError:
        return


def shortened(lines: Iterable[str]) -> Iterator[str]:
    """Of what happens again and again the first few. What is rare is shown whenever it happens."""
    seen = 0
    for line in lines:
        often = Text.from_ansi(line).plain.startswith(("follow-up", "refused"))
        seen += often
        if not often or seen <= SHOWN:
            yield line
        elif seen == SHOWN + 1:
            yield "\x1b[2m...\x1b[0m"


def _after_the_greeting(lines: Iterable[str]) -> Iterator[str]:
    """The addresses and the folder are another's with each run."""
    return dropwhile(lambda line: "people who do not exist" not in line, lines)


def drawn(lines: Iterable[str]) -> str:
    """The picture, which asks for nothing from elsewhere."""
    console = Console(record=True, file=io.StringIO(), width=COLUMNS, force_terminal=True, color_system="truecolor")
    for line in lines:
        text = Text.from_ansi(line)
        text.truncate(COLUMNS, overflow="ellipsis")
        console.print(text, highlight=False, no_wrap=True)
    return FONT_FACE.sub("", console.export_svg(title="make demo", theme=THEME)).replace("Fira Code, ", "")


def main() -> None:
    port_base = str(free_ports() - 1)
    command = [sys.executable, "-m", "services", "demo", "--exit", "--port-base", port_base, *sys.argv[1:]]
    PICTURE.write_text(drawn(["$ make demo", *shortened(_after_the_greeting(said(command).splitlines()))]))
    print(f"drew {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
