"""An identity provider on loopback: a real HTTP server with a discovery document and keys that it may rotate."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

AUDIENCE = "https://rainmaker.example"
MAKERS: dict[str, Any] = {
    "RS256": lambda: rsa.generate_private_key(65_537, 2_048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": Ed25519PrivateKey.generate,
}


@dataclass
class Provider:
    address: str
    keys: dict[str, tuple[str, Any]] = field(default_factory=dict)
    extra: list[dict[str, Any]] = field(default_factory=list)
    away: bool = False
    answers: threading.Event = field(default_factory=threading.Event)
    asked: int = 0

    @property
    def jwks_url(self) -> str:
        return f"{self.address}/keys"

    def new_key(self, algorithm: str = "ES256", kid: str = "") -> str:
        """From now on it signs with this one too; the id of the key."""
        kid = kid or f"key-{len(self.keys) + 1}"
        self.keys[kid] = algorithm, MAKERS[algorithm]()
        return kid

    def rotate(self) -> str:
        """A new key, and the old ones gone."""
        kid = f"key-after-{max(self.keys)}"
        self.keys.clear()
        return self.new_key(kid=kid)

    def token(self, kid: str, **changed: Any) -> str:
        now = int(time.time())
        claims = {"iss": self.address, "aud": AUDIENCE, "sub": "auth0|ada", "iat": now, "exp": now + 300}
        claims = {name: value for name, value in (claims | {"roles": ["sales-team"]} | changed).items() if value}
        algorithm, key = self.keys[kid]
        return jwt.encode(claims, key, algorithm, headers={"kid": kid})

    def published(self, path: str) -> Any:
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.address, "jwks_uri": self.jwks_url}
        return {"keys": [_public(kid, *made) for kid, made in self.keys.items()] + self.extra}


@contextmanager
def provider() -> Iterator[Provider]:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.asked += 1
            here.answers.wait(90)
            body = json.dumps(here.published(self.path)).encode()
            self.send_response(503 if here.away else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        here = Provider(f"http://127.0.0.1:{server.server_port}")
        here.answers.set()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield here
        here.answers.set()
        server.shutdown()
        thread.join()


def _public(kid: str, algorithm: str, key: Any) -> dict[str, Any]:
    made = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return dict(made) | {"kid": kid, "use": "sig", "alg": algorithm}
