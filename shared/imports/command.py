"""`rainmaker import FILE --as companies`: sends a file to the running system and shows how its rows come in."""

from pathlib import Path
from typing import Annotated, Any

import typer

from shared.imports.client import Importer, Lost, Refusal
from shared.imports.telling import ended, followed, previewed, sending
from shared.settings import WrongSetting

Lines = list[str]

File = Annotated[Path, typer.Argument(help="A CSV file with a header row.", exists=True, dir_okay=False)]
As = Annotated[
    str, typer.Option("--as", help="What its rows are, such as companies; anything else is told what there is.")
]
Map = Annotated[Lines, typer.Option(help="field=column of the file; `field=` leaves a field out. As often as needed.")]
Constant = Annotated[Lines, typer.Option(help="field=value for every row, such as currency=USD.")]
Scale = Annotated[Lines, typer.Option(help="field=factor, such as spend=0.000001 for micros.")]
Encoding = Annotated[str | None, typer.Option(help="Found where left out.")]
Delimiter = Annotated[str | None, typer.Option(help="A character, or comma, semicolon, tab, pipe. Found if left out.")]
DateFormat = Annotated[str | None, typer.Option(help="Such as %d-%m-%Y; ISO 8601 where left out.")]
Point = Annotated[str | None, typer.Option(help="`,` or `.`, where numbers have a comma.")]
Preview = Annotated[bool, typer.Option("--preview", help="Only say what would happen.")]
Rejects = Annotated[Path | None, typer.Option(help="Where rejected rows go; beside the file where left out.")]
Data = Annotated[Path | None, typer.Option(help="The data folder, instead of RAINMAKER_DATA or .rainmaker.")]
NONE: Lines = []


def import_file(
    file: File,
    kind: As,
    map: Map = NONE,
    constant: Constant = NONE,
    scale: Scale = NONE,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    date_format: DateFormat = None,
    decimal: Point = None,
    preview: Preview = False,
    rejects: Rejects = None,
    data: Data = None,
) -> None:
    """Import a CSV file into the running system: rows that cannot be stored come back as a file with reasons."""
    said = {"encoding": encoding, "delimiter": delimiter, "date_format": date_format, "decimal": decimal}
    params: dict[str, Any] = {"kind": kind, "map": map, "constant": constant, "scale": scale}
    params |= {name: value for name, value in said.items() if value is not None}
    try:
        with Importer.of(kind, data) as importer:
            if preview:
                previewed(importer.preview(file, params))
            else:
                _stored(importer, file, params, rejects or file.with_suffix(".rejects.csv"))
    except Refusal as refusal:
        raise WrongSetting(str(refusal)) from None
    except Lost as lost:
        raise WrongSetting(
            f"The service stopped answering ({type(lost).__name__}). An import that was begun goes on when the service "
            "is back; sending the same file again changes nothing that is stored."
        ) from None


def _stored(importer: Importer, file: Path, params: dict[str, Any], rejects: Path) -> None:
    with sending(file) as progress:
        started = importer.send(file, params, progress)
    job = followed(importer.progress(started["id"]), started["bytes"])
    if job["rejected"] and job["file_until"]:
        importer.fetch_rejects(job["id"], rejects)
    ended(job, rejects)
    if job["state"] != "done":
        raise typer.Exit(1)
