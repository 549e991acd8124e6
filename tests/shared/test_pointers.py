"""What a caller is told about a value that is not valid: how long it may be, in words of the caller's world."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from shared.pointers import field_errors


class Box(BaseModel):
    things: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]
    label: Annotated[str, Field(min_length=2, max_length=3)] = "ab"


@pytest.mark.parametrize(
    ("sent", "detail"),
    [
        ({"things": []}, "Expected at least one item."),
        ({"things": [1, 2, 3]}, "Expected at most 2 items."),
        ({"label": "a"}, "Expected at least 2 characters."),
        ({"label": "abcd"}, "Expected at most 3 characters."),
    ],
)
def test_a_bound_is_said_in_words(sent: dict[str, Any], detail: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Box.model_validate(sent)
    assert [error.detail for error in field_errors(refused.value.errors())] == [detail]
