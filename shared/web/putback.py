"""What GET gave can be put back: what an answer shows and nobody sets is ignored in a body, all else read strictly."""

from typing import Any, ClassVar

from pydantic import BaseModel, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

IGNORED = {"description": "As the answer shows it; ignored."}


class PutBack(BaseModel):
    """`class Change(PutBack, Definition, of=Shown)`: names that only `Shown` has are ignored, no others."""

    _shown: ClassVar[type[BaseModel]]

    def __init_subclass__(cls, *, of: type[BaseModel] | None = None, **given: Any) -> None:
        super().__init_subclass__(**given)
        if of is not None:
            cls._shown = of

    @classmethod
    def only_shown(cls) -> list[str]:
        return [name for name in cls._shown.model_fields if name not in cls.model_fields]

    @model_validator(mode="before")
    @classmethod
    def _without_what_is_only_shown(cls, sent: Any) -> Any:
        if not isinstance(sent, dict):
            return sent
        ignored = cls.only_shown()
        return {name: value for name, value in sent.items() if name not in ignored}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        described = handler.resolve_ref_schema(schema)
        described["properties"] |= dict.fromkeys(cls.only_shown(), IGNORED)
        return schema
