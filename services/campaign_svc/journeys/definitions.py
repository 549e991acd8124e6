"""What a journey is: an entry event, a condition, and what is done then. Plain models.

A journey has one step today. A version of it never changes once it is stored.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from shared.conditions import FieldType, Group
from shared.contracts.customer import Purpose
from shared.types import Text

FIELDS: Mapping[str, FieldType] = {
    "score": FieldType("number"),
    "fit": FieldType("number"),
    "engagement": FieldType("number"),
    "grade": FieldType("text", choices=frozenset("ABC")),
    "source": FieldType("text"),
    "created": FieldType("boolean"),
    "stage": FieldType(
        "text", choices=frozenset({"subscriber", "lead", "mql", "sql", "opportunity", "customer", "evangelist"})
    ),
    "observations": FieldType("number"),
    "has_email": FieldType("boolean"),
    "has_phone": FieldType("boolean"),
    "has_company": FieldType("boolean"),
    "industry": FieldType("text"),
    "job_title": FieldType("text"),
    "country": FieldType("text"),
    "language": FieldType("text"),
    "time_zone": FieldType("text"),
    "utm.*": FieldType("text"),
    "attributes.*": FieldType("scalar"),
    "consent": FieldType("texts"),
}
"""What `when` may be about: the facts of a `lead.scored`. `consent` holds permissions such as `marketing:email`."""

FACTS = tuple(name.partition(".")[0] for name in FIELDS)

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
        description="What it is known by across versions: under one name a contact is served once.",
        examples=["welcome"],
    ),
]
Seconds = Annotated[int, Field(strict=True, ge=0, le=366 * 24 * 3600)]


class EmailAction(BaseModel):
    """An e-mail from a template, if the contact allows this purpose when it is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [EMAIL]})

    kind: Literal["email"]
    name: ActionName
    template: Annotated[Text, Field(min_length=1, description="The name of a template.")]
    purpose: Purpose


class TaskAction(BaseModel):
    """A task for a sales rep; without `assignee` it is for whoever claims it."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [TASK]})

    kind: Literal["task"]
    name: ActionName
    title: Annotated[Text, Field(min_length=1, max_length=200)]
    assignee: Annotated[Text, Field(min_length=1)] | None = None
    due_in_seconds: Seconds | None = None


AnyAction = Annotated[EmailAction | TaskAction, Field(discriminator="kind")]


def _each_name_once(actions: Sequence[AnyAction]) -> Sequence[AnyAction]:
    if len({action.name for action in actions}) < len(actions):
        raise PydanticCustomError("action_names", "must have different names")
    return actions


class Definition(BaseModel):
    """`repeat`: a contact is served once by each action, whatever is edited later; or at every observation."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [DEFINITION]})

    name: Annotated[Text, Field(min_length=1, max_length=100)]
    entry: Literal["lead.scored"]
    when: Group = Field(description="A condition about: " + ", ".join(sorted(FIELDS)))
    repeat: Literal["once", "every"]
    actions: Annotated[list[AnyAction], Field(min_length=1, max_length=20), AfterValidator(_each_name_once)]
    on: bool = Field(True, strict=True, description="A journey that is off decides nothing and records nothing.")
