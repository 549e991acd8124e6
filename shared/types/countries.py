"""Countries: an ISO 3166-1 alpha-2 code from the code, the alpha-3 code or an English name. Unknown is refused."""

import re
import unicodedata
from functools import cache

from pydantic_core import PydanticCustomError

_NOT_ALPHANUMERIC = re.compile(r"[^0-9a-z]+")

# What people write and ISO 3166 does not list.
_ALSO_CALLED = {
    "uk": "GB", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "america": "US", "united states of america": "US", "russia": "RU", "south korea": "KR",
    "republic of korea": "KR", "north korea": "KP", "iran": "IR", "syria": "SY", "laos": "LA", "brunei": "BN",
    "moldova": "MD", "tanzania": "TZ", "bolivia": "BO", "venezuela": "VE", "vietnam": "VN", "turkey": "TR",
    "turkiye": "TR", "czech republic": "CZ", "macedonia": "MK", "ivory coast": "CI", "cape verde": "CV",
    "swaziland": "SZ", "burma": "MM", "east timor": "TL", "palestine": "PS", "vatican": "VA", "vatican city": "VA",
    "holland": "NL", "the netherlands": "NL", "the bahamas": "BS", "the gambia": "GM", "the philippines": "PH",
    "micronesia": "FM", "macau": "MO", "dr congo": "CD", "democratic republic of the congo": "CD", "uae": "AE",
    "falkland islands": "FK", "british virgin islands": "VG", "us virgin islands": "VI", "saint martin": "MF",
}  # fmt: skip


def country_code(name: str) -> str:
    """`de`, `DEU`, `Germany` and `germany ` are all `DE`. Raises `ValueError` with a sentence."""
    if len(name) == 2 and name.isascii() and name.isupper() and name in _codes():
        return name
    code = _by_name().get(_folded(name)) if len(name) <= 100 else None
    if code is None:
        raise PydanticCustomError("country", "must be a country: an ISO 3166-1 code such as DE, or its English name")
    return code


def _folded(name: str) -> str:
    """Without case, accents and punctuation, so that `Cote d'Ivoire` and `U.S.A.` are found."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold().replace(".", "")
    return _NOT_ALPHANUMERIC.sub(" ", plain.replace("&", " and ")).strip()


@cache
def _codes() -> frozenset[str]:
    return frozenset(_by_name().values())


@cache
def _by_name() -> dict[str, str]:
    import pycountry  # 50 ms, and only who takes in addresses needs it

    names: dict[str, str] = dict(_ALSO_CALLED)
    for country in pycountry.countries:
        for attribute in ("alpha_2", "alpha_3", "name", "official_name", "common_name"):
            if written := getattr(country, attribute, None):
                names.setdefault(_folded(written), country.alpha_2)
    return names
