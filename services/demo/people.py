"""Who stands at the fair: made-up people of made-up companies, and the leads that they leave.

Nobody here can exist: surnames and companies are invented, mail domains end in `.example`, phone numbers lie in the
ranges that regulators keep free for films. The same seed gives the same leads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

Kind = Literal["decider", "colleague", "quiet", "caller", "learner", "passer_by", "again", "refused"]

MIX: dict[Kind, int] = {
    "decider": 4,
    "colleague": 6,
    "quiet": 3,
    "caller": 1,
    "learner": 2,
    "passer_by": 3,
    "again": 4,
    "refused": 3,
}
"""Of 26 leads: who decides (and is worth a call), who works with them, who has not consented, who left only a phone,
who studies, who passed by, who came before, and what cannot be taken in."""

FIRST = [
    "Ada",
    "Amara",
    "Bruno",
    "Chloé",
    "Elif",
    "Farid",
    "Hana",
    "Kofi",
    "Mateo",
    "Priya",
    "Søren",
    "Uma",
    "Yusuf",
    "Zora",
]
LAST = ["Ambercombe", "Brackenfell", "Copperquill", "Dapplewick", "Fennelthorpe", "Hazeldrift", "Inkwhistle"]
LAST += ["Kestrelmann", "Mothwright", "Nettlefjord", "Quillfeather", "Thistlebaum", "Wrenlock", "Yarrowsby"]
COMPANIES = {
    "Quartzwick Software": "software",
    "Tidewater Insurance": "insurance",
    "Umbra Bearings": "manufacturing",
    "Larkspur Clinics": "healthcare",
    "Pennywhistle Finance": "financial services",
    "Mossgate Bakeries": "food",
    "Driftglass Tours": "travel",
}
SERVED = ("Quartzwick Software", "Tidewater Insurance", "Umbra Bearings", "Larkspur Clinics")
DECIDERS = ("CEO", "CTO", "Head of Operations", "Managing Director", "Chief Financial Officer", "Founder")
COLLEAGUES = ("Buyer", "Controller", "Project Lead", "Engineer", "Office Manager")

PHONES = {
    "GB": ("020 7946 0", "Europe/London"),
    "DE": ("030 23125 ", "Europe/Berlin"),
    "FR": ("01 99 00 1", "Europe/Paris"),
    "AU": ("02 5550 1", "Australia/Sydney"),
}
"""By country: the start of its numbers for films, to which three digits are added, and a time zone."""

ALLOWED = [{"purpose": "marketing", "channel": "email"}]
FAULTS: tuple[dict[str, Any], ...] = (
    {"email": "at the usual place"},
    {"phone": "030 23125 999", "phone_region": None},
    {"country": "Atlantis"},
    {"favourite_colour": "blue"},
    {"name": "Nul\x00l"},
    {"occurred_at": "yesterday"},
    {"email": 42},
)
"""What refused leads say beside what is right."""


@dataclass(frozen=True, slots=True)
class Lead:
    """What is sent, of which kind it is, and who it is to be called when the demo tells of it."""

    kind: Kind
    who: str
    body: dict[str, Any]


def made_up(count: int, seed: int) -> list[Lead]:
    """So many leads in the order they are to be sent, mixed as `MIX` says."""
    chance = Random(seed)  # noqa: S311  for people who do not exist, nothing is to be kept secret
    kinds = [kind for kind, share in MIX.items() for _ in range(share)]
    order = [kinds[place % len(kinds)] for place in range(count)]
    chance.shuffle(order)
    leads: list[Lead] = []
    for kind in order:
        leads.append(_lead(kind, leads, chance))
    return leads


def _lead(kind: Kind, before: Sequence[Lead], chance: Random) -> Lead:
    known = [lead for lead in before if lead.kind in ("decider", "colleague", "quiet")]
    if kind == "refused":
        return _refused(sum(lead.kind == "refused" for lead in before), known, _new("colleague", len(before), chance))
    if kind == "again" and known:
        return _again(chance.choice(known), chance)
    return _new("decider" if kind == "again" else kind, len(before), chance)


def _new(kind: Kind, number: int, chance: Random) -> Lead:
    person = _person(number, chance)
    body: dict[str, Any] = {**person, **_MANNERS[kind](person, chance), "consent": [] if kind == "quiet" else ALLOWED}
    return Lead(kind, f"{person['name']}, {person['company']}", {k: v for k, v in body.items() if v is not None})


def _person(number: int, chance: Random) -> dict[str, Any]:
    """No two of one demo are the same: the address has a number in it, and names repeat after 196 people only."""
    first, last = FIRST[number % len(FIRST)], LAST[(number + number // len(FIRST)) % len(LAST)]
    country, (phone, time_zone) = chance.choice(list(PHONES.items()))
    company = chance.choice(SERVED)
    return {
        "name": f"{first} {last}",
        "first_name": first,
        "last_name": last,
        "email": f"{_ascii(first)}.{last}{number}@{_domain(company)}".lower(),
        "phone": f"{phone}{number % 1000:03}",
        "phone_region": country,
        "country": country,
        "time_zone": time_zone,
        "company": company,
        "industry": COMPANIES[company],
        "external_id": f"crm-{number}",
    }


def _decider(person: dict[str, Any], chance: Random) -> dict[str, Any]:
    return {"job_title": chance.choice(DECIDERS), "source": chance.choice(["demo_request", "referral"])}


def _colleague(person: dict[str, Any], chance: Random) -> dict[str, Any]:
    source = chance.choice(["website", "event", "webinar"])
    return {"job_title": chance.choice(COLLEAGUES), "source": source, "phone": None, "phone_region": None}


def _caller(person: dict[str, Any], chance: Random) -> dict[str, Any]:
    return {"job_title": chance.choice(DECIDERS), "source": "demo_request", "email": None, "external_id": None}


def _learner(person: dict[str, Any], chance: Random) -> dict[str, Any]:
    title = chance.choice(["Student", "Intern", "Trainee"])
    left = {"source": "website", "message": "For my thesis: may I see how it works?"}
    return {"job_title": title, "phone": None, "phone_region": None, **left}


def _passer_by(person: dict[str, Any], chance: Random) -> dict[str, Any]:
    company = chance.choice(["Mossgate Bakeries", "Driftglass Tours"])
    left = {"phone": None, "phone_region": None, "external_id": None, "source": "website"}
    return {"company": company, "industry": COMPANIES[company], **left}


_MANNERS = {
    "decider": _decider,
    "colleague": _colleague,
    "quiet": _decider,
    "caller": _caller,
    "learner": _learner,
    "passer_by": _passer_by,
}


def _again(before: Lead, chance: Random) -> Lead:
    """The same person by another way, spelt as people spell: capitals, blanks, hyphens."""
    was = before.body
    body = {
        "source": chance.choice(["webinar", "website", "event"]),
        "email": chance.choice([f"  {was['email'].upper()} ", was["email"].title(), f"{was['email']}\t"]),
        "name": chance.choice([f"  {was['name'].upper()}", was["name"].replace(" ", "   "), was["name"].lower()]),
        "company": f"{was['company'].upper()} ",
    }
    if "phone" in was:
        body |= {"phone": was["phone"].replace(" ", "-"), "phone_region": was["phone_region"].lower()}
    return Lead("again", before.who, body)


def _refused(place: int, known: Sequence[Lead], lead: Lead) -> Lead:
    """With one fault, each in its turn; the last of them names two people at once."""
    turn = place % (len(FAULTS) + 1)
    return Lead("refused", lead.who, lead.body | (FAULTS[turn] if turn < len(FAULTS) else _of_two(known)))


def _of_two(known: Sequence[Lead]) -> dict[str, Any]:
    if len(known) < 2:
        return FAULTS[0]
    one, other = known[0].body, known[1].body
    return {"email": one["email"], "external_id": other["external_id"], "source": other["source"]}


def _domain(company: str) -> str:
    return company.lower().replace(" ", "-") + ".example"


def _ascii(name: str) -> str:
    return name.translate(str.maketrans("éäøí", "eaoi"))
