"""The other end of the endpoints: finds the service that takes a kind, sends a file, follows the job."""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from shared.access.localkeys import with_local_keys
from shared.access.tokens import Tokens
from shared.imports.files import MOST_BYTES
from shared.service import from_environment
from shared.settings import SERVICES, Settings, WrongSetting
from shared.settings.datafolder import addresses_of_holder

SCOPES = ("imports:read", "imports:write")
TOKEN_SECONDS = 3_600
STEP = 65_536
LOOK_SECONDS = 0.2
TRIES = 4
TIMEOUT = httpx.Timeout(60.0, connect=3.0)

Told = Callable[[int], None]
Lost = httpx.TransportError


class Refusal(Exception):
    """What the service said, with the fields it named."""


class Importer:
    """Speaks to one service. Leave it as a context."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    @classmethod
    def of(cls, kind: str, data: Path | None) -> "Importer":
        """The service that takes this kind, found by asking. Raises `WrongSetting` where nobody takes it."""
        settings = with_local_keys(from_environment() if data is None else from_environment(data=data))
        known: list[str] = []
        for address in _addresses(settings):
            client = _client(settings, address, SCOPES)
            kinds = {one["name"]: one["scope"] for one in _kinds(client)}
            client.close()
            if kind in kinds:
                return cls(_client(settings, address, (*SCOPES, kinds[kind])))
            known += kinds
        raise WrongSetting(_nobody(known))

    def __enter__(self) -> "Importer":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def preview(self, file: Path, params: Mapping[str, Any]) -> dict[str, Any]:
        return _answer(self._post("/v1/imports:preview", file, params, {}, lambda _: None))

    def send(self, file: Path, params: Mapping[str, Any], told: Told) -> dict[str, Any]:
        """The import that was begun. Safe to try again: it is sent under one key."""
        key = {"Idempotency-Key": str(uuid4())}
        for attempt in range(TRIES):
            answer = self._post("/v1/imports", file, {**params, "name": file.name}, key, told)
            if answer.status_code != 503:
                break
            time.sleep(float(answer.headers.get("Retry-After", 1)) * (attempt + 1))
        return _answer(answer)

    def progress(self, import_id: str) -> Iterator[dict[str, Any]]:
        """How it stands, again and again, until it has ended."""
        while True:
            job = _answer(self._client.get(f"/v1/imports/{import_id}"))
            yield job
            if job["state"] not in ("waiting", "running"):
                return
            time.sleep(LOOK_SECONDS)

    def fetch_rejects(self, import_id: str, path: Path) -> None:
        with self._client.stream("GET", f"/v1/imports/{import_id}/rejects.csv") as answer, path.open("wb") as out:
            if answer.is_error:
                answer.read()
                _answer(answer)
            for part in answer.iter_bytes():
                out.write(part)

    def _post(
        self, path: str, file: Path, params: Mapping[str, Any], headers: dict[str, str], told: Told
    ) -> httpx.Response:
        size = file.stat().st_size
        if size > MOST_BYTES:
            raise WrongSetting(f"{file} has {size} bytes; at most {MOST_BYTES} are taken. Send it in parts.")
        about = {"Content-Type": "text/csv", "Content-Length": str(size), **headers}
        return self._client.post(path, params=params, content=_parts(file, told), headers=about)


def _parts(file: Path, told: Told) -> Iterator[bytes]:
    with file.open("rb") as source:
        while part := source.read(STEP):
            yield part
            told(len(part))


def _addresses(settings: Settings) -> list[str]:
    """Where services answer: what the process that holds the data folder noted there, else what is set."""
    for folder in {folder for name in SERVICES for folder in settings.folders(name, vault=True)}:
        if noted := addresses_of_holder(folder):
            return [noted[name] for name in SERVICES if name in noted]
    found = [address for name in SERVICES if (address := settings.url_of(name))]
    if not found:
        raise WrongSetting(
            "Start the system first (`rainmaker serve`), or set RAINMAKER_CUSTOMER_URL and its siblings."
        )
    return found


def _client(settings: Settings, address: str, scopes: tuple[str, ...]) -> httpx.Client:
    token = Tokens(settings.signing_key).issue("user:operator", scopes, TOKEN_SECONDS)
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=address, headers=headers, timeout=TIMEOUT, trust_env=False)


def _kinds(client: httpx.Client) -> list[dict[str, Any]]:
    """Nothing where the service takes no files, or is not there."""
    try:
        answer = client.get("/v1/import-kinds")
    except httpx.TransportError:
        return []
    return [] if answer.status_code == 404 else list(_answer(answer)["items"])


def _nobody(known: list[str]) -> str:
    if known:
        return f"Say --as with one of: {', '.join(sorted(known))}."
    return "No service answers that takes files; start the system first (`rainmaker serve`)."


def _answer(answer: httpx.Response) -> dict[str, Any]:
    """Raises `Refusal` with what the problem says."""
    body = _json(answer)
    if not answer.is_error:
        return body
    lines = [str(body.get("detail", answer.status_code))]
    lines += [f"  {error['pointer'] or 'the file'}: {error['detail']}" for error in body.get("errors", ())]
    raise Refusal("\n".join(lines))


def _json(answer: httpx.Response) -> dict[str, Any]:
    """Something in between may answer in its own words: a proxy, or another program at that address."""
    try:
        body: dict[str, Any] = answer.json()
        return body
    except ValueError:
        raise Refusal(
            f"{answer.url.copy_with(query=None)} answered {answer.status_code}, and not as a service does. "
            "Look at the address, and at what stands before the service."
        ) from None
