"""Made-up people whose identifying values all hold a canary, and the search for canaries in what lies on the disk.

A canary is looked for as UTF-8, UTF-16 and base64, in the spellings that cleaning may give it. Compressed data would
hide it; nothing of ours compresses values of this size.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

WORD = "zq7kanarievogel"
DIGITS = "4915734770"
NUMBERS = 1_000


def person(number: int) -> Mapping[str, Any]:
    """A hot lead, so that a mail is written and a task planned. No two have a value in common."""
    return {
        "email": f"{WORD}.mail.{number}@mill.example",
        "phone": f"+{DIGITS}{number:03d}",
        "name": f"{WORD.title()} Name{number}",
        "message": f"Please call {WORD} message {number} back.",
        "external_id": f"{WORD}-external-{number}",
        "company": "Mill Works",
        "job_title": "CTO",
        "industry": "software",
        "source": "demo_request",
        "consent": [{"purpose": "marketing", "channel": "email"}],
    }


def patterns() -> dict[bytes, str]:
    """Each form of a canary, and its name."""
    found: dict[bytes, str] = {}
    for text in (WORD, WORD.upper(), WORD.title(), DIGITS):
        found |= {text.encode(code): f"{text[:6]}... as {code}" for code in ("utf-8", "utf-16-le", "utf-16-be")}
        for alignment, piece in enumerate(in_base64(text)):
            found[piece] = f"{text[:6]}... in base64, {alignment} bytes into a group"
    return found


def in_base64(text: str) -> Iterator[bytes]:
    """What base64 makes of it wherever it stands in a longer text: whole groups only, for each of three alignments."""
    raw = text.encode()
    for alignment in range(3):
        inner = raw[-alignment % 3 :]
        yield base64.b64encode(inner[: len(inner) // 3 * 3])


def sightings(folders: Iterable[Path], *, allowed: str = ".eml") -> list[str]:
    """Where a canary is, file by file; not in files of the one kind that may hold them."""
    return [seen for path in _files(folders) if path.suffix != allowed for seen in seen_in(_content(path), str(path))]


def seen_in(content: bytes, where: str) -> list[str]:
    return [f"{where}: {name}" for piece, name in PATTERNS.items() if piece in content]


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _content(path: Path) -> bytes:
    """Without the zeros at its end: servers make files full of them. One may belong to the last letter in UTF-16."""
    try:
        return path.read_bytes().rstrip(b"\0") + b"\0"
    except FileNotFoundError:  # a server that runs may remove what it no longer needs
        return b""


PATTERNS = patterns()
