"""What the roll-ups are compared with, in a process of its own: `python -m bench.by_pandas FILE MIN_REVENUE`.

Reads the file of companies and groups it, as one does in a notebook; prints seconds and figures as JSON. It is spared
the column that no figure needs.
"""

import json
import sys
import time

import pandas

USED = ["industry", "country", "currency", "revenue", "profit", "assets"]


def main() -> None:
    path, least = sys.argv[1], float(sys.argv[2])
    began = time.perf_counter()
    companies = pandas.read_csv(path, usecols=USED)
    read = time.perf_counter()
    whole = companies.dropna()
    figures = whole.groupby(["industry", "currency"], as_index=False).agg(
        n=("revenue", "size"), revenue=("revenue", "sum"), profit=("profit", "sum"), profit_mean=("profit", "mean")
    )
    figures = figures[figures["revenue"] > least]
    grouped = time.perf_counter()
    seconds = {"reading": read - began, "grouping": grouped - read}
    counts = {"companies": len(companies), "dropped": len(companies) - len(whole)}
    print(json.dumps({"seconds": seconds, "figures": figures.to_dict("records")} | counts))


if __name__ == "__main__":
    main()
