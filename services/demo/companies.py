"""Companies that do not exist, as the CSV file that a sales team would export, gaps included."""

import csv
import io
from random import Random

INDUSTRIES = ("Logistics", "Software", "Machine tools", "Wholesale", "Hotels")
COUNTRIES = ("Germany", "France", "Poland", "Austria", "Spain")
FIRST = ("Quill", "Ember", "Tarn", "Hollow", "Lark", "Fen", "Cobalt", "Marrow")
SECOND = ("works", "gate", "field", "mere", "forge", "haven", "mill", "crest")
HEADER = ("customer", "country", "industry", "revenue", "profit")


def companies_file(count: int, seed: int) -> bytes:
    """Each eleventh has no profit, as in real exports: it must be counted as dropped, not as zero."""
    chance, written = Random(seed), io.StringIO()  # noqa: S311  # made-up figures
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(HEADER)
    names = [f"{first}{second} {kind}" for kind in ("AG", "Ltd") for first in FIRST for second in SECOND]
    for place, name in enumerate(names[:count]):
        revenue = chance.randint(40_000, 900_000)
        profit = "" if place % 11 == 10 else f"{revenue * chance.uniform(-0.05, 0.2):.2f}"
        rows.writerow([name, chance.choice(COUNTRIES), chance.choice(INDUSTRIES), f"{revenue}.00", profit])
    return written.getvalue().encode()
