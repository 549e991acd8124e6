"""A batch: many things of one kind in one request, each checked by itself, so that a bad one costs that one only.

LEADS = BatchOf(LeadIn, "leads", example={"leads": [...]})

@router.post("/v1/leads:batch", openapi_extra=LEADS.openapi)
async def take_leads(rows: Annotated[Rows, Depends(LEADS.read)], ...) -> ...:
    return await by_the_chunk(len(rows), 200, once, take)
"""

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from shared.database.tx import Once
from shared.pointers import refusal
from shared.problems import FieldError, Problem, invalid_field, invalid_fields
from shared.web.routes import refuse_other_media
from shared.web.strictjson import loads, read_anyhow

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

MOST = 1_000


@dataclass(frozen=True, slots=True)
class Rows(Generic[M]):
    """What was sent, and which rows hold text or numbers that nothing could store."""

    batch: "BatchOf[M]"
    sent: list[Any]
    spoiled: Mapping[int, list[FieldError]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sent)

    def checked(self, index: int) -> M | Problem:
        """The row, or what is wrong with it, with pointers that start at the row."""
        at, row = f"/{self.batch.name}/{index}", self.sent[index]
        if errors := self.spoiled.get(index):
            return invalid_fields(errors)
        if not isinstance(row, dict):
            return invalid_field(at, "object", "Expected an object.")
        try:
            return self.batch.model.model_validate(row)
        except ValidationError as error:
            return refusal(error, row, at)


@dataclass(frozen=True)
class BatchOf(Generic[M]):
    """The shape of a batch: `{"<name>": [...]}` with up to `MOST` rows, each a `model`."""

    model: type[M]
    name: str
    example: Mapping[str, Any]

    async def read(self, request: Request) -> Rows[M]:
        """The body. Raises Problem where it is no batch; what is wrong in a row is that row's own affair."""
        refuse_other_media(request)
        raw = await request.body()
        try:
            return Rows(self, self._rows(loads(raw)))
        except Problem as problem:
            spoiled = self._by_row(problem.errors)
            if problem.slug != "invalid-fields" or not spoiled:
                raise
            return Rows(self, self._rows(read_anyhow(raw)), spoiled)

    @property
    def openapi(self) -> dict[str, Any]:
        """For `openapi_extra`: FastAPI does not see a body that is read by hand."""
        items = {"$ref": f"#/components/schemas/{self.model.__name__}"}
        rows = {"type": "array", "minItems": 1, "maxItems": MOST, "items": items}
        schema = {
            "type": "object",
            "required": [self.name],
            "additionalProperties": False,
            "properties": {self.name: rows},
        }
        content = {"application/json": {"schema": schema, "example": dict(self.example)}}
        return {"requestBody": {"required": True, "content": content}}

    def _rows(self, body: Any) -> list[Any]:
        if not isinstance(body, dict):
            raise invalid_field("", "object", f'Expected an object such as {{"{self.name}": [...]}}.')
        if unknown := body.keys() - {self.name}:
            raise invalid_field(f"/{min(unknown)[:64]}", "extra_forbidden", "This field is not known here.")
        rows = body.get(self.name)
        if not isinstance(rows, list) or not 1 <= len(rows) <= MOST:
            raise invalid_field(f"/{self.name}", self.name, f"Expected a list of 1 to {MOST} {self.name}.")
        return rows

    def _by_row(self, errors: Sequence[FieldError]) -> dict[int, list[FieldError]]:
        """The errors by row; empty if any lies outside of the rows."""
        found: defaultdict[int, list[FieldError]] = defaultdict(list)
        for error in errors:
            if not (place := re.fullmatch(rf"/{self.name}/([0-9]+)(/.*)?", error.pointer)):
                return {}
            found[int(place[1])].append(error)
        return found


async def by_the_chunk(
    count: int, size: int, once: Once | None, take: Callable[[range, Once | None], Awaitable[tuple[list[T], bool]]]
) -> list[T]:
    """The results of `take(places, once)` for one chunk of rows after another, each committed before the next.

    With an Idempotency-Key each chunk is done once: a batch that was cut off is finished by sending it again. `take`
    says, beside its results, whether it wrote anything, without which there is nothing to replay.
    """
    results: list[T] = []
    replayed = []
    for start in range(0, count, size):
        part = replace(once, key=f"{once.key} {start}") if once else None  # no key of a caller has a blank in it
        taken, written = await take(range(start, min(start + size, count)), part)
        if part and written:
            replayed.append(part.replayed)
        results += taken
    if once:
        once.replayed = bool(replayed) and all(replayed)
    return results
