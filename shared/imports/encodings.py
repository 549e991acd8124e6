"""In which encoding a file is written: by its mark, as UTF-8 if it is that to the last byte, else by likelihood.

What a guess cannot know it does not hide: the answer names the encoding, the preview shows the rows, and whoever knows
better says so.
"""

import codecs
import re
from dataclasses import dataclass, field

MOST = 65_536
"""Bytes of the sample, at the beginning and of lines beyond ASCII."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16 does, so it is asked first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LIKELY = (
    *("cp1252", "iso8859_15", "cp1250", "cp1251", "cp932", "gb18030", "cp949", "big5", "euc_jp", "cp1253", "cp1254"),
    *("cp1255", "cp1256", "cp1257", "cp1258", "iso8859_2", "iso8859_5", "iso8859_7", "iso8859_9", "koi8_r", "cp866"),
    *("cp850", "mac_roman"),
)
"""Those that spreadsheets and databases write; the first wins where several read the same or equally well."""
_OF_NO_FILE = ("idna", "punycode", "undefined", "unicode-escape", "unicode_escape", "raw-unicode-escape", "utf-7")
"""Codecs of programs, not of files: they raise other errors, or make halves of characters, which nothing can store."""
_LATIN_9 = re.compile(rb"\xa4|[A-Za-z\xc0-\xff][\xa6\xa8\xb4\xb8\xbc\xbd\xbe]|[\xa6\xa8\xb4\xb8\xbc\xbd\xbe][A-Za-z]")
"""Bytes that are letters and the euro sign in ISO 8859-15, and stray accents and fractions in Windows-1252."""


@dataclass
class Sample:
    """What is remembered of a file that goes by in pieces."""

    head: bytearray = field(default_factory=bytearray)
    odd: bytearray = field(default_factory=bytearray)
    utf8: bool = True
    _decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))
    _line: bytes = b""

    def take(self, piece: bytes, *, last: bool = False) -> None:
        self.head += piece[: MOST - len(self.head)]
        if len(self.odd) < MOST:
            self._take_odd(piece, last)
        if self.utf8:
            self.utf8 = _goes_on(self._decoder, piece, last)

    def _take_odd(self, piece: bytes, last: bool) -> None:
        """Of whole lines only: a piece may begin and end in the middle of a character."""
        whole, end, rest = (self._line + piece).rpartition(b"\n")
        self._line = b"" if last else rest[-MOST:]
        text = whole + end + rest if last else whole
        if not text.isascii():
            self.odd += b"".join(line + b"\n" for line in text[:MOST].splitlines() if not line.isascii())


def found_encoding(sample: Sample) -> str | None:
    """Python's name of it, or None where nothing fits."""
    for mark, marked in _MARKS:
        if sample.head.startswith(mark):
            return marked
    if name := _wide(sample.head):
        return name
    if sample.utf8:
        return "utf-8"
    return _likeliest(bytes(sample.odd))


def known_encoding(name: str) -> str | None:
    """Python's name of an encoding for text; None where there is none of that name."""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    return info.name if info._is_text_encoding and info.name not in _OF_NO_FILE else None


def _goes_on(decoder: codecs.IncrementalDecoder, piece: bytes, last: bool) -> bool:
    try:
        decoder.decode(piece, last)
    except UnicodeDecodeError:
        return False
    return True


def _wide(head: bytearray) -> str | None:
    """UTF-16 without a mark: in half of the places nearly every byte is 0."""
    even, odd = head[0::2], head[1::2]
    half = max(len(odd), 1)
    if odd.count(0) > half * 0.4 and even.count(0) < half * 0.05:
        return "utf-16-le"
    if even.count(0) > half * 0.4 and odd.count(0) < half * 0.05:
        return "utf-16-be"
    return None


def _likeliest(odd: bytes) -> str | None:
    from charset_normalizer import from_bytes  # only who meets text that is not UTF-8 needs it

    matches = list(from_bytes(odd, cp_isolation=list(_LIKELY)))
    if not matches:
        return None
    best = matches[0]
    equal = [m for m in matches if (m.chaos, m.coherence) == (best.chaos, best.coherence)]
    names = {name for match in equal for name in (match.encoding, *match.could_be_from_charset)}
    return _latin(_preferred(names) or best.encoding, odd)


def _preferred(names: set[str]) -> str | None:
    return next((name for name in _LIKELY if name in names), None)


def _latin(name: str, odd: bytes) -> str:
    """The two differ in eight letters; text that uses one of those places as a letter is the latter."""
    windows_only = any(0x80 <= byte <= 0x9F for byte in odd)
    return "iso8859_15" if name == "cp1252" and not windows_only and _LATIN_9.search(odd) else name
