"""What is sent to an ad network for one page: the address with its days and its place, and the credential."""

import base64
from dataclasses import dataclass, replace

import httpx

from services.campaign_svc.connectors.shapes import Auth, Settings, Window


class Astray(Exception):
    """The next page is not where the connector may go. A sentence."""


@dataclass(frozen=True, slots=True)
class Position:
    """Which page of a pull, from 0; `follows` is the cursor, or the address, that the page before gave.

    Where the network takes few days at once, a pull has parts, and each of them begins with a first page of its own.
    """

    page: int = 0
    follows: str | None = None
    part: int = 0
    part_began: int = 0

    @property
    def page_of_part(self) -> int:
        return self.page - self.part_began

    def next_page(self, follows: str) -> "Position":
        return replace(self, page=self.page + 1, follows=follows)

    def next_part(self) -> "Position":
        return Position(self.page + 1, None, self.part + 1, self.page + 1)


def url_of(settings: Settings, window: Window, position: Position) -> str:
    """Raises `Astray`, also for what is far longer than an address may be."""
    days = window.part(position.part, settings.days_at_once) or window
    try:
        return _url(httpx.URL(settings.url), settings, days, position)
    except httpx.InvalidURL:
        raise Astray("The address with its query is no web address, or far too long.") from None


def _url(address: httpx.URL, settings: Settings, window: Window, position: Position) -> str:
    if settings.paging.kind == "link" and position.follows is not None:
        return _linked(address, position.follows)
    query = {name: _dated(value, settings, window) for name, value in settings.query.items()}
    if settings.paging.kind == "cursor" and position.follows is not None:
        query[settings.paging.parameter] = position.follows
    if settings.paging.kind == "page":
        query[settings.paging.parameter] = str(settings.paging.first + position.page_of_part)
    return str(address.copy_merge_params(query) if query else address)


def headers_of(settings: Settings, credential: str | None) -> dict[str, str]:
    """A header of the connector takes the place of ours; the credential that of any."""
    accept = {"Accept": "application/json" if settings.format == "json" else "text/csv, text/plain"}
    sources = accept, settings.headers, _credential(settings.auth, credential)
    named = {name.lower(): (name, value) for source in sources for name, value in source.items()}
    return dict(named.values())


def _credential(auth: Auth, credential: str | None) -> dict[str, str]:
    if auth.kind == "none" or credential is None:
        return {}
    if auth.kind == "header":
        return {auth.name: credential}
    if auth.kind == "basic":
        pair = base64.b64encode(f"{auth.username}:{credential}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    return {"Authorization": f"Bearer {credential}"}


def origin(url: str) -> tuple[str, str, int | None]:
    """Whoever may see a credential: scheme, host, port."""
    address = httpx.URL(url)
    return address.scheme, address.host, address.port


def _dated(value: str, settings: Settings, window: Window) -> str:
    first, last = (day.strftime(settings.date_format) for day in (window.first, window.last))
    return value.replace("{from}", first).replace("{to}", last)


def _linked(address: httpx.URL, link: str) -> str:
    try:
        linked = address.join(link)
    except httpx.InvalidURL:
        raise Astray("The address of the next page is no web address.") from None
    if origin(str(linked)) != origin(str(address)):
        raise Astray("The next page is at another host than the first, where the credential must not go.")
    return str(linked.copy_with(fragment=None))
