"""The picture in the README shows what the demo says, and asks for nothing from elsewhere."""

import re
import sys

from tests.docs.picture import PICTURE, SHOWN, drawn, said, shortened

NAMES = ("http://www.w3.org/", "https://www.textualize.io")
"""What is only named: the kind of the file, and who drew it."""


def test_a_picture_shows_what_a_command_says_on_a_terminal() -> None:
    told = said([sys.executable, "-c", "import sys; print('follow-up', sys.stdout.isatty())"])
    assert ">follow-up&#160;True<" in drawn(told.splitlines())


def test_of_many_follow_ups_the_first_are_shown_and_of_what_is_rare_everything() -> None:
    kept = list(shortened([*["follow-up  Ada"] * 20, "alarm  spend", *["refused  Ada"] * 5, "leads posted  20"]))
    assert len(kept) == SHOWN + 3
    assert kept[-2:] == ["alarm  spend", "leads posted  20"]


def test_the_kept_picture_needs_nothing_from_elsewhere() -> None:
    picture = PICTURE.read_text()
    assert "follow-up" in picture
    assert [address for address in re.findall(r"https?://[^\s\"')]+", picture) if not address.startswith(NAMES)] == []
