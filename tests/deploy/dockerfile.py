"""The Dockerfile, instruction by instruction, and the folder that its last stage copies together."""

import contextlib
import re
import shutil
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from tests.deploy.compose import ROOT

FILE = ROOT / "Dockerfile"


@dataclass(frozen=True)
class Instruction:
    word: str
    rest: str


@dataclass(frozen=True)
class Dockerfile:
    text: str
    stages: tuple[tuple[Instruction, ...], ...]
    """Each begins with its FROM."""

    @classmethod
    def read(cls, text: str | None = None) -> "Dockerfile":
        """Of the file as it is, or of another text."""
        text = FILE.read_text() if text is None else text
        stages: list[list[Instruction]] = []
        for line in _lines(text):
            word, _, rest = line.partition(" ")
            if word == "FROM":
                stages.append([])
            stages[-1].append(Instruction(word, rest.strip()))
        return cls(text, tuple(tuple(stage) for stage in stages))

    @property
    def last(self) -> tuple[Instruction, ...]:
        return self.stages[-1]

    def all(self, word: str) -> list[str]:
        """What stands behind this word in the last stage."""
        return [one.rest for one in self.last if one.word == word]

    @property
    def entrypoint(self) -> list[str]:
        return re.findall(r'"([^"]*)"', self.all("ENTRYPOINT")[-1])

    @property
    def copies(self) -> list[tuple[str, str]]:
        """From where in the repository to where in the work folder."""
        pairs = [rest.split() for rest in self.all("COPY") if not rest.startswith("--from")]
        return [(source, target) for source, target in pairs]

    def laid_out(self, service: str, folder: Path) -> None:
        """The image's work folder, which nobody can write in."""
        for source, target in self.copies:
            source, target = (path.replace("${SERVICE}", service) for path in (source, target))
            _copy(ROOT / source, folder / target / (Path(source).name if target.endswith("/") else ""))
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)


def installed(folder: Path) -> Path:
    """What the image's Python finds beside what is copied: the packages of requirements.lock, and none of ours.

    For `python -S` with this folder as its PYTHONPATH, which sees nothing else that is installed here.
    """
    folder.mkdir(parents=True)
    for name in re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE):
        with contextlib.suppress(PackageNotFoundError):  # of another platform or an older Python
            _link(distribution(name), folder)
    return folder


def _link(package: Distribution, folder: Path) -> None:
    for entry in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
        if not (folder / entry).exists():  # some share a namespace
            (folder / entry).symlink_to(str(package.locate_file(entry)))


def _lines(text: str) -> list[str]:
    """Without comments, and with what a backslash at the end joins."""
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", kept)
    return [line.strip() for line in joined.splitlines() if line.strip()]


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)  # with what is compiled, as in the image: else each start compiles it again
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
