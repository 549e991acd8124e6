"""`make fuzz`: the three services on both databases, for as long as one likes.

make fuzz                                             10 minutes for each service on each database, seed 1
make fuzz ARGS="--database postgresql --seconds 3600 --seed 7 campaign"
"""

import argparse
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from shared.settings import SERVICES
from tests.e2e.system import System, local, running
from tests.fuzz.run import fuzz
from tests.real import postgres

DATABASES = ("sqlite", "postgresql")


def main() -> int:
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    databases = [asked.database] if asked.database else list(DATABASES)
    return max([_on(database, asked) for database in databases])


def _on(database: str, asked: argparse.Namespace) -> int:
    """The worst code of Schemathesis: 0 where it found nothing."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rainmaker-fuzz-")))
        settings = {"RAINMAKER_LOG_LEVEL": "error"}
        if database == "postgresql":
            server = stack.enter_context(postgres.running())
            settings["DATABASE_URL"] = postgres.fresh_service_databases(server)
        system = stack.enter_context(running(local(folder, **settings)))
        return max([_one(system, service, database, asked) for service in asked.services or SERVICES])


def _one(system: System, service: str, database: str, asked: argparse.Namespace) -> int:
    print(f"== {service} on {database}, seed {asked.seed}", flush=True)
    begun = fuzz(system, service, ["--max-time", str(asked.seconds), *asked.more], seed=asked.seed)
    print(begun.communicate()[0], flush=True)
    return begun.returncode


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("services", nargs="*", choices=[*SERVICES, []], help="all three, if none is named")
    parser.add_argument("--database", choices=DATABASES, help="both, if left out")
    parser.add_argument("--seconds", type=int, default=600, help="for each service on each database")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--more", nargs="*", default=[], help="for Schemathesis, such as --more=--phases=stateful")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
