"""What is sent to an ad network for one page: the address with its days and its place, and the credential."""

import base64
from dataclasses import dataclass

import httpx

from services.campaign_svc.connectors.shapes import Settings, Window


class Astray(Exception):
    """The next page is not where the connector may go. A sentence."""


@dataclass(frozen=True, slots=True)
class Position:
    """Which page of a pull, from 0; `follows` is the cursor, or the address, that the page before gave."""

    page: int = 0
    follows: str | None = None


def url_of(settings: Settings, window: Window, position: Position) -> str:
    """Raises `Astray`, also for what is far longer than an address may be."""
    try:
        return _url(httpx.URL(settings.url), settings, window, position)
    except httpx.InvalidURL:
        raise Astray("The address with its query is no web address, or far too long.") from None


def _url(address: httpx.URL, settings: Settings, window: Window, position: Position) -> str:
    if settings.paging.kind == "link" and position.follows is not None:
        return _linked(address, position.follows)
    query = {name: _dated(value, settings, window) for name, value in settings.query.items()}
    if settings.paging.kind == "cursor" and position.follows is not None:
        query[settings.paging.parameter] = position.follows
    if settings.paging.kind == "page":
        query[settings.paging.parameter] = str(settings.paging.first + position.page)
    return str(address.copy_merge_params(query) if query else address)


def headers_of(settings: Settings, credential: str | None) -> dict[str, str]:
    auth = settings.auth
    accept = {"Accept": "application/json" if settings.format == "json" else "text/csv, text/plain"}
    if auth.kind == "none" or credential is None:
        return accept
    if auth.kind == "header":
        return accept | {auth.name: credential}
    if auth.kind == "basic":
        pair = base64.b64encode(f"{auth.username}:{credential}".encode()).decode()
        return accept | {"Authorization": f"Basic {pair}"}
    return accept | {"Authorization": f"Bearer {credential}"}


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
