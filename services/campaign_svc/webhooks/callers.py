"""Who may read and write webhooks."""

from typing import Annotated

from shared.principal import Principal
from shared.web import allowed

MayRead = Annotated[Principal, allowed("webhooks:read")]
MayWrite = Annotated[Principal, allowed("webhooks:write")]
