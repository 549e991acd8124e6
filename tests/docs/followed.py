"""A lead sent through the local system, and which of the named functions it came through, in order of their first call.

`python -m tests.docs.followed FOLDER`, with `[[file, function], ...]` on standard input; the last line of the output is
the same list in the order of the calls. What loops do meanwhile is not counted before the lead has come in.
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from services.demo.clients import clients
from services.local import local_settings, run_local
from shared.access.tokens import Tokens
from shared.settings import Settings
from tests.e2e.system import ROOT
from tests.eventually import eventually
from tests.real.ports import free_ports

LEAD = {
    "source": "demo_request",
    "name": "Ada Wrenlock",
    "email": "ada@umbra-bearings.example",
    "phone": "030 23125 042",
    "phone_region": "DE",
    "industry": "manufacturing",
    "job_title": "Head of Operations",
    "consent": [{"purpose": "marketing", "channel": "email"}],
}


class Followed:
    """Notes the first call of each function, in whatever thread it runs."""

    def __init__(self, steps: list[tuple[str, str]]) -> None:
        self._wanted = {(str(ROOT / file), name): (file, name) for file, name in steps}
        self.order: list[tuple[str, str]] = []

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        step = event == "call" and self._wanted.get((frame.f_code.co_filename, frame.f_code.co_qualname))
        if step and step not in self.order:
            self.order.append(step)

    def begin(self) -> None:
        self.order.clear()


def main(folder: Path) -> None:
    followed = Followed([(file, name) for file, name in json.load(sys.stdin)])
    threading.setprofile(followed)
    sys.setprofile(followed)
    base = free_ports() - 1
    settings = local_settings(base, folder / "data")

    async def send(settings: Settings) -> None:
        token = Tokens(settings.signing_key).issue("user:reader", ["leads:write", "contacts:read"], 600)
        async with clients(settings, token) as services:
            followed.begin()
            sent = (await services.customer.post("/v1/leads", json=LEAD)).raise_for_status().json()

            async def told() -> bool:
                timeline = await services.customer.get(f"/v1/contacts/{sent['contact_id']}/timeline")
                return "action.sent" in timeline.raise_for_status().text

            await eventually(told)
        os.kill(os.getpid(), signal.SIGTERM)

    run_local(settings, base, send)
    print(json.dumps(followed.order))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
