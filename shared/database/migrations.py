"""Alembic, run from code: a folder of versions per service, applied in one transaction, the same for both databases.

There is no way down: a version that went wrong is followed by another one, or a backup is restored.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, event, inspect, text
from sqlalchemy.types import TypeDecorator

from shared.database.engines import be_patient, database_url, make_engine

MIGRATION_LOCK = 7_246_010
"""PostgreSQL's advisory lock: of two processes that migrate at once, the second finds nothing left to do."""

VERSION = '''"""{message}."""

import sqlalchemy as sa
from alembic import op
{imports}
revision = "{revision}"
down_revision = {before}


def upgrade() -> None:
{body}
'''


def migrate(url: str, versions: Path | None, tables: MetaData) -> list[str]:
    """Bring the database to the newest version, or leave it as it was. Returns the versions applied.

    A service without versions, as in a worked example, gets its tables as they are in the code.
    """
    with _connected(url) as connection:
        if versions is None:
            tables.create_all(connection)
            return []
        return _upgrade(connection, ScriptDirectory(versions))


def newest(versions: Path) -> str | None:
    return ScriptDirectory(versions).get_current_head()


def is_newer(applied: str | None, newest: str | None) -> bool:
    """Whether a newer program than the one whose `newest` this is brought the database there: numbers only grow. Since
    versions only add, the older program goes on working on it.
    """
    return applied is not None and newest is not None and applied > newest


def applied(connection: Connection) -> str | None:
    """The version that this database is at; None where it was never migrated."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def differences(url: str, tables: MetaData) -> list[Any]:
    """What autogenerate would change to make the database equal to the tables in the code."""
    from alembic import autogenerate  # takes a second to import; only developers and tests need it

    with _connected(url) as connection:
        return list(autogenerate.compare_metadata(MigrationContext.configure(connection), tables))


def write_version(versions: Path, tables: MetaData, message: str) -> Path | None:
    """Write the version that leads from the newest one to the tables in the code; None where nothing differs.

    It is found on a scratch SQLite, and valid on both databases: SQLite changes tables in batch mode, by copying them.
    """
    script = ScriptDirectory(versions)
    revision = f"{len(list(script.walk_revisions())) + 1:04d}"
    with TemporaryDirectory() as scratch, _connected(f"sqlite:///{scratch}/scratch.db") as connection:
        _upgrade(connection, script)
        body, imports = _changes(connection, tables)
    if "op." not in body:
        return None
    path = versions / "versions" / f"{revision}_{re.sub('[^a-z0-9]+', '_', message.lower()).strip('_')}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        VERSION.format(
            message=message,
            imports="".join(f"{line}\n" for line in sorted(imports)),
            revision=revision,
            before=repr(script.get_current_head()),
            body=body,
        )
    )
    return path


def _upgrade(connection: Connection, script: ScriptDirectory) -> list[str]:
    steps: list[str] = []

    def missing(at: Any, _context: MigrationContext) -> list[Any]:
        if any(is_newer(one, script.get_current_head()) for one in at):
            return []
        found = script._upgrade_revs("head", at)
        steps.extend(step.revision.revision for step in found)
        return found

    context = MigrationContext.configure(connection, opts={"fn": missing, "transactional_ddl": True})
    with Operations.context(context):
        context.run_migrations()
    return steps


def _changes(connection: Connection, tables: MetaData) -> tuple[str, set[str]]:
    from alembic import autogenerate

    imports: set[str] = set()
    context = MigrationContext.configure(connection, opts={"render_item": _plain, "target_metadata": tables})
    found = autogenerate.produce_migrations(context, tables)
    body = autogenerate.render_python_code(
        found.upgrade_ops_list[0], render_as_batch=True, render_item=_plain, migration_context=context
    )
    # JSONB is written with its own default, by a name that nobody imports.
    body = re.sub(r"(?m)^ *# .*\n?", "", body).replace("astext_type=Text()", "")
    if "postgresql." in body:
        imports.add("from sqlalchemy.dialects import postgresql")
    return "\n".join(
        f"    {line.strip()}" if not line.startswith("    ") else line for line in body.splitlines()
    ), imports


def _plain(kind: str, item: Any, context: Any) -> Any:
    """A type of ours is written as what it is in the database: a version must not change when our code does."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    """One transaction, alone, with time for slow changes; without SQLite's foreign keys, which copying would break."""
    engine = make_engine(database_url(url), pool_size=1)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=OFF").close())
    try:
        with engine.begin() as connection:
            _take_time(connection)
            yield connection
            _check_references(connection)
    finally:
        engine.dispose()


def _take_time(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        be_patient(connection, None)
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))


def _check_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RuntimeError("The migration left rows that refer to nothing; nothing was changed.")
