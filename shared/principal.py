"""Who asks, and what they may."""

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
