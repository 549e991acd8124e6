"""Migrations: one file of versions leads both databases to the tables in the code, in one transaction, once."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from services import of_name
from shared.database import migrations
from shared.database.engines import database_url as as_url
from shared.database.engines import make_engine
from shared.database.tables import kernel_tables
from shared.settings import SERVICES


def tables(*, grown: bool = False) -> MetaData:
    metadata = MetaData()
    kernel_tables(metadata)
    more = [Column("size", Integer, nullable=False, server_default="1")] if grown else []
    Table("bells", metadata, Column("id", String, primary_key=True), Column("name", String(40)), *more)
    return metadata


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    migrations.write_version(tmp_path, tables(), "The first tables")
    return tmp_path


def test_a_version_made_on_sqlite_is_valid_on_both_databases(versions: Path, database_url: str) -> None:
    assert migrations.migrate(database_url, versions, MetaData()) == ["0001"]
    assert migrations.differences(database_url, tables()) == []
    assert migrations.migrate(database_url, versions, MetaData()) == []


def test_a_second_version_holds_only_what_changed(versions: Path, database_url: str) -> None:
    migrations.migrate(database_url, versions, MetaData())
    path = migrations.write_version(versions, tables(grown=True), "Bells have a size")
    assert path is not None
    assert path.name == "0002_bells_have_a_size.py"
    assert "outbox" not in path.read_text()
    assert migrations.migrate(database_url, versions, MetaData()) == ["0002"]
    assert migrations.differences(database_url, tables(grown=True)) == []


def test_nothing_is_written_where_nothing_changed(versions: Path) -> None:
    assert migrations.write_version(versions, tables(), "Nothing") is None


def test_an_older_program_leaves_alone_what_a_newer_one_migrated(versions: Path, database_url: str) -> None:
    migrations.migrate(database_url, versions, MetaData())
    newer = migrations.write_version(versions, tables(grown=True), "Bells have a size")
    migrations.migrate(database_url, versions, MetaData())
    assert newer is not None
    newer.unlink()
    assert migrations.migrate(database_url, versions, MetaData()) == []
    assert migrations.differences(database_url, tables(grown=True)) == []


def test_a_version_that_fails_leaves_the_database_as_it_was(versions: Path, database_url: str) -> None:
    path = migrations.write_version(versions, tables(grown=True), "Bells have a size")
    assert path is not None
    path.write_text(path.read_text() + '    op.execute("DROP TABLE nowhere")\n')
    with pytest.raises((OperationalError, ProgrammingError), match="nowhere"):
        migrations.migrate(database_url, versions, MetaData())
    engine = make_engine(as_url(database_url), pool_size=1)
    with engine.connect() as connection:
        assert migrations.applied(connection) is None
    engine.dispose()


def test_two_processes_may_migrate_at_once(versions: Path, database_url: str) -> None:
    applied: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: applied.append(migrations.migrate(database_url, versions, MetaData())))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied) == [[], [], [], ["0001"]]


def test_a_table_that_is_copied_keeps_the_rows_that_refer_to_it(tmp_path: Path, database_url: str) -> None:
    """SQLite changes a table by copying and dropping it; with foreign keys on, the drop would take the others along."""
    migrations.write_version(tmp_path, tables(), "First")
    path = tmp_path / "versions" / "0002_refers.py"
    path.write_text(
        migrations.VERSION.format(message="Refers", imports="", revision="0002", before="'0001'", body=REFERRING)
    )
    migrations.migrate(database_url, tmp_path, MetaData())
    engine = make_engine(as_url(database_url), pool_size=1)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM clappers")).scalar() == 1
    engine.dispose()


REFERRING = """\
    op.create_table(
        "clappers",
        sa.Column("bell", sa.String(), sa.ForeignKey("bells.id", ondelete="CASCADE"), primary_key=True),
    )
    op.execute("INSERT INTO bells (id, name) VALUES ('big', 'Big')")
    op.execute("INSERT INTO clappers (bell) VALUES ('big')")
    with op.batch_alter_table("bells", recreate="auto") as bells:
        bells.alter_column("name", existing_type=sa.String(40), type_=sa.String(80))
"""


@pytest.mark.parametrize("name", SERVICES)
def test_the_versions_of_a_service_lead_to_its_tables(name: str, database_url: str) -> None:
    service = of_name(name)
    assert service.versions is not None
    migrations.migrate(database_url, service.versions, service.tables)
    assert migrations.differences(database_url, service.tables) == []
