"""What a message may hold of facts: who it goes to, and what was decided on. Anything else would be a blank."""

from collections.abc import Iterator

from services.campaign_svc.templates.render import Parsed, Part, dotted, paths
from shared.contracts.fields import OF_A_SCORE

OF_A_CONTACT = ("name", "first_name", "language", "time_zone")
OF_A_LEAD = tuple(sorted({name.partition(".")[0] for name in OF_A_SCORE}))
KNOWN = {("contact", name) for name in OF_A_CONTACT} | {("lead", name) for name in OF_A_LEAD}
NAMED = ", ".join((*(f"contact.{name}" for name in OF_A_CONTACT), *(f"lead.{name}" for name in OF_A_LEAD)))


def faults(template: Parsed) -> Iterator[tuple[Part, str]]:
    """By part, the sentence that names what no facts will hold."""
    for part, source in template.parts.items():
        unknown = sorted(dotted(path) for path in paths(source) if path[:2] not in KNOWN)
        if unknown:
            yield part, f"Nothing is known as {', '.join(unknown)}; there are {NAMED}."
