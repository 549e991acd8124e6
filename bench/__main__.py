"""`python -m bench` measures everything and writes `RESULTS.md`; `--quick` and single items only print."""

import argparse
import signal
import time
from collections.abc import Callable
from pathlib import Path

from bench import consumer, consuming, follow_up, growth, importing, industries, leads, metrics, workers
from bench.report import Finding, page
from bench.rounds import FULL, QUICK, Size
from shared.service.serving import collect_less_often

ITEMS: dict[str, Callable[[Size], list[Finding]]] = {
    "leads": leads.measure,
    "metrics": metrics.measure,
    "industries": industries.measure,
    "growth": growth.measure,
    "imports": importing.measure,
    "follow-up": follow_up.measure,
    "consuming": consuming.measure,
    "consumer": consumer.measure,
    "workers": workers.measure,
}
RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # servers that were started are ended on every way out
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    asked.add_argument("items", nargs="*", help=f"some of: {', '.join(ITEMS)}; all of them without one")
    asked.add_argument("--quick", action="store_true", help="everything, but little of it")
    given = asked.parse_args()
    if unknown := set(given.items) - set(ITEMS):
        asked.error(f"no item {', '.join(sorted(unknown))}; there are {', '.join(ITEMS)}")
    collect_less_often()  # as every service does: some items are measured in this process
    began, findings = time.monotonic(), []
    for name in given.items or ITEMS:
        print(f"bench: {name} ...", flush=True)
        for finding in ITEMS[name](QUICK if given.quick else FULL):
            findings.append(finding)
            print("\n" + finding.text() + "\n", flush=True)
    if not given.items and not given.quick:
        RESULTS.write_text(page(findings, time.monotonic() - began))
        print(f"written: {RESULTS.name}")


if __name__ == "__main__":
    main()
