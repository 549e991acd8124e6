"""What a journey is: an entry event, a condition, and what is done then. Plain models.

A journey has one step today. A version of it never changes once it is stored.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from shared.conditions import Group
from shared.contracts.customer import Purpose
from shared.contracts.fields import OF_A_CHANGE, OF_A_SCORE, OF_AN_ANOMALY
from shared.types import LINE, WHOLE

WHEN: JsonDict = {
    "combinator": "and",
    "not": False,
    "rules": [{"field": "grade", "operator": "in", "value": ["A", "B"]}],
}
EMAIL: JsonDict = {"kind": "email", "name": "welcome", "template": "welcome", "purpose": "marketing"}
TASK: JsonDict = {
    "kind": "task",
    "name": "call",
    "title": "Call this lead",
    "assignee": None,
    "due_in_seconds": 14_400,
}
WEBHOOK: JsonDict = {"kind": "webhook", "name": "tell-crm", "endpoint": "crm"}
DEFINITION: JsonDict = {
    "name": "Welcome",
    "entry": "lead.scored",
    "when": WHEN,
    "repeat": "once",
    "actions": [EMAIL],
    "on": True,
}

ActionName = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=60,
        description="What it is known by across versions: under one name a contact (or campaign) is served once.",
        examples=["welcome"],
    ),
]
Seconds = Annotated[int, Field(strict=True, ge=0, le=366 * 24 * 3600), WHOLE]


class EmailAction(BaseModel):
    """An e-mail from a template, if the contact allows this purpose when it is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [EMAIL]})

    kind: Literal["email"]
    name: ActionName
    template: Annotated[str, Field(min_length=1, description="The name of a template."), LINE]
    purpose: Purpose


class TaskAction(BaseModel):
    """A task for a person; without `assignee` it is for whoever claims it. The title is Liquid over the facts that were
    decided on, such as `Check {{ campaign }}: {{ reason }}`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [TASK]})

    kind: Literal["task"]
    name: ActionName
    title: Annotated[str, Field(min_length=1, max_length=200), LINE]
    assignee: Annotated[str, Field(min_length=1), LINE] | None = None
    due_in_seconds: Seconds | None = None


class WebhookAction(BaseModel):
    """The facts that were decided on, posted to an address of yours."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [WEBHOOK]})

    kind: Literal["webhook"]
    name: ActionName
    endpoint: Annotated[str, Field(min_length=1, description="The name of a webhook endpoint."), LINE]


AnyAction = Annotated[EmailAction | TaskAction | WebhookAction, Field(discriminator="kind")]
EntryType = Literal["lead.scored", "anomaly.detected", "channel.performance_changed"]


def _each_name_once(actions: Sequence[AnyAction]) -> Sequence[AnyAction]:
    if len({action.name for action in actions}) < len(actions):
        raise PydanticCustomError("action_names", "must have different names")
    return actions


def _fields(fields: Iterable[str]) -> str:
    return ", ".join(sorted(fields))


class Definition(BaseModel):
    """`repeat`: whom or what it is about is served once by each action, whatever is edited later; or at every occasion:
    at each observation, alarm or change. Only a contact can be sent an e-mail.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [DEFINITION]})

    name: Annotated[str, Field(min_length=1, max_length=100), LINE]
    entry: EntryType
    when: Group = Field(
        description=f"A condition; on `lead.scored` about: {_fields(OF_A_SCORE)}; on `anomaly.detected`: "
        f"{_fields(OF_AN_ANOMALY)}; on `channel.performance_changed`: {_fields(OF_A_CHANGE)}"
    )
    repeat: Literal["once", "every"]
    actions: Annotated[list[AnyAction], Field(min_length=1, max_length=20), AfterValidator(_each_name_once)]
    on: bool = Field(True, strict=True, description="A journey that is off decides nothing and records nothing.")
