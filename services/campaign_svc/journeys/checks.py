"""Whether a journey can work: all that is found out when it is saved, so that nothing fails when it decides."""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet

from sqlmodel import Session

from services.campaign_svc.journeys.definitions import AnyAction, Definition, EmailAction, TaskAction, WebhookAction
from services.campaign_svc.journeys.entries import ENTRIES, Entry
from services.campaign_svc.tasks import titles
from services.campaign_svc.templates import library
from services.campaign_svc.webhooks import endpoints
from shared.conditions import Group, check
from shared.problems import FieldError, Problem, invalid_fields


def refuse_unfit(wanted: Definition) -> None:
    """Raises Problem 422 with a pointer to each field, action and title that the facts of its entry cannot serve."""
    entry = ENTRIES[wanted.entry]
    faults = [*_in_condition(wanted.when, entry), *_in_actions(wanted, entry)]
    if faults:
        raise invalid_fields(faults)


def refuse_missing(session: Session, wanted: Definition) -> None:
    """Raises Problem 422 with a pointer to each template and endpoint that is not there."""
    templates = {n: one.template for n, one in enumerate(wanted.actions) if isinstance(one, EmailAction)}
    receivers = {n: one.endpoint for n, one in enumerate(wanted.actions) if isinstance(one, WebhookAction)}
    faults = [
        *_missing("template", templates, lambda asked: library.names(session, asked)),
        *_missing("endpoint", receivers, lambda asked: endpoints.names(session, asked)),
    ]
    if faults:
        raise invalid_fields(faults)


def _in_condition(when: Group, entry: Entry) -> list[FieldError]:
    try:
        check(when, entry.fields, "/when")
    except Problem as problem:
        return list(problem.errors)
    return []


def _in_actions(wanted: Definition, entry: Entry) -> Iterator[FieldError]:
    for n, action in enumerate(wanted.actions):
        if action.kind not in entry.kinds:
            detail = f"{wanted.entry} is not about a contact, so there is nobody to send an e-mail to."
            yield FieldError(f"/actions/{n}/kind", "kind_of_entry", detail)
        if (fault := _in_title(action, entry)) is not None:
            yield FieldError(f"/actions/{n}/title", "liquid", fault)


def _in_title(action: AnyAction, entry: Entry) -> str | None:
    return titles.fault(action.title, frozenset(entry.facts)) if isinstance(action, TaskAction) else None


def _missing(what: str, asked: dict[int, str], names: Callable[[set[str]], AbstractSet[str]]) -> Iterator[FieldError]:
    there = names(set(asked.values())) if asked else frozenset()
    for n, name in asked.items():
        if name not in there:
            yield FieldError(f"/actions/{n}/{what}", f"unknown_{what}", f"There is no {what} of this name.")
