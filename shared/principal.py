"""Who asks, and what they may."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """`subject` is `user:...` or `service:...`; a scope is `<plural>:read|write|<verb>`."""

    subject: str
    scopes: frozenset[str] = frozenset()

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    @staticmethod
    def service(name: str) -> "Principal":
        """A service acting by itself: a handler, a timer, an effect."""
        return Principal(f"service:{name}")


def scopes_of(table: Mapping[str, frozenset[str]], roles: Iterable[str], scopes: Iterable[str] = ()) -> frozenset[str]:
    """What these roles may by the table, and these scopes besides. A role that the table does not know may nothing."""
    return frozenset(scopes).union(*(table.get(role, frozenset()) for role in roles))
