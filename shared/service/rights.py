"""What a service's user may do on a Kafka that asks: write its own facts, read what it handles, and no more.

Each topic and group is named in full. Who may write the topic of API keys can let anyone in, so no pattern may come to
cover one that it was not meant for.
"""

from collections.abc import Collection, Iterator
from shlex import quote


def script(user: str, writes: Collection[str], reads: Collection[str], groups: Collection[str]) -> Iterator[str]:
    """Lines for `sh -s -- --bootstrap-server host:port --command-config file`, where `kafka-acls.sh` is in the PATH.

    Who starts first makes the topics of the others too, hence Create on what is only read.
    """
    allow = f'kafka-acls.sh "$@" --add --allow-principal {quote(f"User:{user}")}'
    yield "set -e"
    yield f"{allow} --operation Write --operation Create{_each('--topic', writes)}"
    yield f"{allow} --operation Read --operation Create{_each('--topic', reads)}"
    yield f"{allow} --operation Read{_each('--group', groups)}"


def _each(option: str, names: Collection[str]) -> str:
    return "".join(f" {option} {name}" for name in sorted(names))
