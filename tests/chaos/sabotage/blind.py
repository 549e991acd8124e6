"""`python -m tests.chaos.sabotage.blind serve ...`: the local system, but no journey sees what was done before.

That is what a race past the look would be. Only the unique rule of actions stands between it and a second mail.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from services.__main__ import main
from services.campaign_svc.journeys import deciding


def _nothing_done(*_: Any) -> Mapping[tuple[str, str], AbstractSet[str]]:
    return {}


if __name__ == "__main__":
    setattr(deciding, "already_done", _nothing_done)  # noqa: B010  see the other twins
    main()
