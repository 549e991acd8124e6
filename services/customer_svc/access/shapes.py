"""What the API takes and shows of API keys. A secret is shown by the answer that made it, and by none after."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from shared.contracts.access import ROLES, ROLES_OF
from shared.problems import FieldError, invalid_fields
from shared.types import WHOLE, Text, Utc

ID = "key_01k9q3v7w8e5rtx2m4n6p8q0sk"
GIVEN: JsonDict = {"name": "web shop", "roles": ["service"], "scopes": [], "expires_in_days": 90}
KEY: JsonDict = {
    "id": ID,
    "name": "web shop",
    "hint": "rmk_7Fq2",
    "roles": ["service"],
    "scopes": [],
    "state": "active",
    "made_by": "user:ada",
    "rotated_by": [],
    "created_at": "2026-01-31T09:30:00Z",
    "expires_at": "2026-05-01T09:30:00Z",
    "former_until": None,
    "revoked_at": None,
    "last_used_at": None,
    "version": 1,
}
SECRET: JsonDict = {"secret": "rmk_7Fq2Zm1sT9vXw4Kc8LbQ0yNd3RjHgUe5PaOiWfVtYsMlC0k2Xq"}

Days = Annotated[int, Field(strict=True, ge=1, le=366, description="Good for so long."), WHOLE]

RoleName = Annotated[str, Field(json_schema_extra={"enum": [*ROLES]})]
ScopeName = Annotated[str, Field(json_schema_extra={"enum": [*ROLES_OF]})]


class ApiKeyIn(BaseModel):
    """What the key may: by roles, by scopes, or both; never more than whoever makes it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [GIVEN]})

    name: Annotated[Text, Field(description="For people, to know it again.")]
    roles: Annotated[list[RoleName], Field(max_length=10)] = []
    scopes: Annotated[list[ScopeName], Field(max_length=100)] = []
    expires_in_days: Days = 90

    def require_known(self) -> None:
        """Raises Problem 422 for a role or scope that is none, and where neither is named."""
        wrong = [
            FieldError(f"/{field}/{place}", "unknown", f"There is no such {field.removesuffix('s')}.")
            for field, known in (("roles", ROLES), ("scopes", ROLES_OF))
            for place, named in enumerate(getattr(self, field))
            if named not in known
        ]
        if not self.roles and not self.scopes:
            wrong.append(FieldError("/roles", "one_of", "Name at least one role or scope."))
        if wrong:
            raise invalid_fields(wrong)


class RotateIn(BaseModel):
    """A new secret, good for so many days; the old one stays good for `grace_seconds`, 0 for one that leaked.

    `lost` is for a secret that reached nobody: it ends, and the one before it stays good for as long as it was to.
    """

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"grace_seconds": 86_400}, {"lost": True}]}
    )

    grace_seconds: Annotated[int, Field(strict=True, ge=0, le=7 * 24 * 3_600), WHOLE] = 86_400
    lost: bool = Field(
        False, strict=True, description="The newest secret is not in use; `grace_seconds` says nothing then."
    )
    expires_in_days: Days = 90


class ApiKeyOut(BaseModel):
    """`hint` is how the secret begins. `last_used_at` is true to the hour, over all three services."""

    model_config = ConfigDict(json_schema_extra={"examples": [KEY]})

    id: str
    name: str
    hint: str
    roles: list[str]
    scopes: list[str]
    state: str = Field(description="`active`, `expired` or `revoked`.")
    made_by: str
    rotated_by: list[str] = Field(description="Others who were shown a secret of it, by rotating it.")
    created_at: Utc
    expires_at: Utc
    former_until: Utc | None = Field(description="Until then the secret before the last rotation is good too.")
    revoked_at: Utc | None
    last_used_at: Utc | None
    version: int = Field(description="Also the ETag.")


class ApiKeyMade(ApiKeyOut):
    """`secret` is shown this once: null where this is the stored answer to the same request. Then rotate as `lost`."""

    model_config = ConfigDict(json_schema_extra={"examples": [KEY | SECRET]})

    secret: str | None
