"""The vault as a parameter of a route, and the loop that sweeps keys which came to no person."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import select
from sqlmodel import Session

from services.customer_svc.contacts.models import contacts
from shared.runtime import Runtime
from shared.vault import Vault


async def _vault(request: Request) -> Vault:
    vault: Vault = request.app.state.runtime.vault
    return vault


PersonVault = Annotated[Vault, Depends(_vault)]

SWEEP_SECONDS = 600.0


def key_ids_in_use(session: Session, key_ids: Collection[str]) -> set[str]:
    """Which of these keys have sealed a contact."""
    return set(session.execute(select(contacts.c.key_id).where(contacts.c.key_id.in_(key_ids))).scalars())


def loops(runtime: Runtime) -> dict[str, Callable[[], Awaitable[None]]]:
    async def sweep() -> None:
        while True:
            await sweep_keys(runtime)
            await asyncio.sleep(SWEEP_SECONDS)

    return {"sweep-keys": sweep}


async def sweep_keys(runtime: Runtime) -> int:
    """Keys of captures that were cut off, or lost to another, before they wrote their person."""

    async def in_use(key_ids: Collection[str]) -> Collection[str]:
        return await runtime.db.read(key_ids_in_use, key_ids)

    return await runtime.vault.sweep(in_use) if runtime.vault else 0
