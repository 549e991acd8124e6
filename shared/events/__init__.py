"""Facts. Each kind is one class, registered once: its type, version, topic and key say all that the wire needs.

A fact is thin: ids and non-identifying data. Events only grow: a new field has a default, a changed meaning is a new
major version.
"""

from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from shared.ids import new_id
from shared.types import Utc

MAX_DEPTH = 8
"""A fact caused by a fact caused by ... : at this depth nothing further is done (cause `loop_depth`)."""

REGISTRY: dict[tuple[str, int], type["Event"]] = {}


class Event(BaseModel):
    """Base of all facts. Fields here are the envelope (CloudEvents attributes); those of a subclass are the data.

    `sequence` is the version of the aggregate after the fact; within one `source` it grows. `occurred_at` is when it
    was true, `recorded_at` when it was stored. `cause` is the id of the event that led to this one, `depth` how many
    did.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1
    TOPIC: ClassVar[str] = ""
    KEY: ClassVar[str] = ""
    SUBJECT: ClassVar[str] = ""

    id: str = Field(default_factory=lambda: new_id("evt"))
    sequence: int = Field(ge=0)
    occurred_at: Utc
    recorded_at: Utc | None = None
    cause: str | None = None
    depth: int = 0
    traceparent: str | None = None

    def __init_subclass__(cls, **settings: Any) -> None:
        for name in ("type", "topic", "key", "version", "subject"):
            settings.pop(name, None)
        super().__init_subclass__(**settings)

    @classmethod
    def __pydantic_init_subclass__(  # type: ignore[override]  # a fact must say these, a plain model need not
        cls, *, type: str, topic: str, key: str, version: int = 1, subject: str = "", **settings: Any
    ) -> None:
        super().__pydantic_init_subclass__(**settings)
        cls.TYPE, cls.TOPIC, cls.KEY, cls.VERSION, cls.SUBJECT = type, topic, key, version, subject or key
        for field in (cls.KEY, cls.SUBJECT):
            if field not in cls.data_fields():
                raise TypeError(f"{cls.__name__}: key and subject must be data fields, {field!r} is not one")
        if REGISTRY.setdefault((type, version), cls) is not cls:
            raise TypeError(f"{type} version {version} is already registered by {REGISTRY[type, version].__name__}")

    @classmethod
    def data_fields(cls) -> set[str]:
        return set(cls.model_fields) - set(Event.model_fields)

    @classmethod
    def owner(cls) -> str:
        """The short name of the service that states this fact: the first word of its topic."""
        return cls.TOPIC.partition("-")[0]

    @classmethod
    def path(cls) -> str:
        """What `origin` begins with."""
        owner, _, plural = cls.TOPIC.partition("-")
        return f"/{owner}/{plural}/"

    @property
    def key(self) -> str:
        """What keeps order: all facts with one key are read in the order they were stated."""
        return str(getattr(self, self.KEY))

    @property
    def subject(self) -> str:
        """The id of the aggregate whose version `sequence` is."""
        return str(getattr(self, self.SUBJECT))

    @property
    def origin(self) -> str:
        """CloudEvents `source`: one for each aggregate, so that `sequence` can be compared within it. It is a URI, and
        the subject may be any text.
        """
        return self.path() + as_path(self.subject)

    @property
    def told_at(self) -> datetime:
        """When it was stored, or, for a fact from elsewhere, when it was true."""
        return self.recorded_at or self.occurred_at


ENVELOPE = frozenset(Event.model_fields)


def as_path(subject: str) -> str:
    """As a part of a URI. Our ids are one already, and quoting costs more than all the rest of it."""
    return subject if subject.isascii() and subject.isidentifier() else quote(subject, safe="")


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of an event's data, served at `/schemas/<type>/<major>`."""
    schema = event.model_json_schema(mode="serialization")
    envelope = set(Event.model_fields)
    schema["properties"] = {k: v for k, v in schema["properties"].items() if k not in envelope}
    schema["required"] = [k for k in schema.get("required", []) if k not in envelope]
    schema["$id"] = f"/schemas/{event.TYPE}/{event.VERSION}"
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema
