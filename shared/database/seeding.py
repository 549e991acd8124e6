"""What a room brings out of the box, planted after its tables: rows that are missing, never one that was changed."""

from collections.abc import Callable, Sequence

from sqlmodel import Session

from shared.clock import utc_now
from shared.database.engines import database_url, make_engine, wait_longer_for_locks
from shared.database.tx import Tx
from shared.database.unit import Leaving
from shared.principal import Principal

Seed = Callable[[Tx], None]
"""May run at every start and on a database in use, so it inserts what is new (`insert_new`) and leaves the rest."""

LOCK_MS = 4_000
"""Two that start at once plant the same rows: the second waits for the first."""


def plant(url: str, service: str, seeds: Sequence[Seed]) -> None:
    """All seeds in one transaction, with the facts they state."""
    engine = make_engine(database_url(url), pool_size=1)
    try:
        with (
            engine.connect() as connection,
            connection.begin(),
            Session(connection, join_transaction_mode="rollback_only") as session,
        ):
            wait_longer_for_locks(connection, LOCK_MS)
            leaving = Leaving()
            for seed in seeds:
                tx = Tx(session, utc_now(), Principal.service(service))
                seed(tx)
                session.flush()
                leaving.take(tx)
            leaving.write(session)
            session.flush()
    finally:
        engine.dispose()
