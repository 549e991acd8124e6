"""Ports for servers of ours that must find them free when they come back.

They are below the range that outgoing connections take theirs from: a client that keeps trying a server which is down
can otherwise be given that server's own port, and keep it from coming back. They are drawn by chance that no test has
seeded, and each worker of pytest-xdist draws from a share of its own: two would find the same port free.
"""

import os
import secrets
import socket
from contextlib import ExitStack, suppress

SERVICES = range(20_000, 26_000)
BROKERS = range(26_000, 32_000)


def free_ports(count: int = 3) -> int:
    """The first of some neighbouring ports, for services."""
    for _ in range(200):
        first = secrets.choice(share(SERVICES)[:-count])
        if all(_is_free(first + offset) for offset in range(count)):
            return first
    raise AssertionError(f"no {count} neighbouring ports are free in {share(SERVICES)}")


def scattered_ports(count: int) -> list[int]:
    """Different ones, for brokers and other servers."""
    with ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            port, probe = secrets.choice(share(BROKERS)), held.enter_context(socket.socket())
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                ports.append(port)
        return ports


def share(ports: range) -> range:
    """What this process may use of them: all, or its part where several workers run."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % workers
    return ports[number * len(ports) // workers : (number + 1) * len(ports) // workers]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
