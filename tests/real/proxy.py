"""A TCP proxy on loopback that can fall silent: what went through it stays open, and not a byte passes any more.

So does a connection whose other end is gone without a word, as after a failover or a lost entry of a NAT. Connections
that are made later pass.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

CHUNK = 64 * 1024
Address = tuple[str, int] | str


class Proxy:
    """`target` is a host and port, or the path of a Unix socket."""

    def __init__(self, target: Address) -> None:
        self.target = target
        self.silenced = 0
        self._open: set[socket.socket] = set()
        self._silent: set[socket.socket] = set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def fall_silent(self) -> None:
        """All that are open now, for ever."""
        self._silent |= self._open
        self.silenced += len(self._open) // 2

    def close(self) -> None:
        for one in (self._server, *self._open):
            _cut(one)

    def _serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                here, _ = self._server.accept()
                threading.Thread(target=self._join, args=(here,), daemon=True).start()

    def _join(self, here: socket.socket) -> None:
        try:
            there = _connected(self.target)
        except OSError:
            _cut(here)
            return
        self._open |= {here, there}
        threading.Thread(target=self._pump, args=(there, here), daemon=True).start()
        self._pump(here, there)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if source in self._silent:
                    return
                sink.sendall(data)
        if source not in self._silent:
            _cut(source)
            _cut(sink)
            self._open -= {source, sink}


def _connected(target: Address) -> socket.socket:
    if isinstance(target, tuple):
        return socket.create_connection(target, 5)
    found = socket.socket(socket.AF_UNIX)
    found.connect(target)
    return found


def _cut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def proxy(target: Address) -> Iterator[Proxy]:
    with closing(Proxy(target)) as found:
        yield found
