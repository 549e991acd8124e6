"""Real parts that a test may hurt: a disk of a few megabytes, and a PostgreSQL of its own."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.real.disk import DiskMissing, SmallDisk, small_disk
from tests.real.postgres import STORES, OwnServer
from tests.real.postgres_programs import PostgresUnavailable
from tests.real.required import absent

MEGABYTES = 64


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    """Where every user of this machine may come by, as PostgreSQL is not run by root."""
    folder = Path(tempfile.mkdtemp(prefix="rainmaker-disk-"))
    folder.chmod(0o755)
    try:
        with small_disk(folder, MEGABYTES) as mounted:
            yield mounted
    except DiskMissing as missing:
        absent("disk", str(missing))
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def own_postgres() -> Iterator[OwnServer]:
    try:
        server = OwnServer()
    except PostgresUnavailable as why:
        absent("postgres", str(why))
    server.start()
    yield server
    server.remove()


@pytest.fixture
def url_on_disk(own_postgres: OwnServer, disk: SmallDisk) -> str:
    """Databases for the services whose tables lie on that disk, and whose log does not."""
    owner = own_postgres.data.stat()
    os.chown(disk.folder, owner.st_uid, owner.st_gid)
    with psycopg.connect(own_postgres.url(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(str(disk.folder)))
        for store in STORES:
            name = sql.Identifier(f"full_{store}")
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 TABLESPACE small").format(name))
    return own_postgres.url("full_{service}")
