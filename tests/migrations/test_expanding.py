"""Migrations only add, so that two versions can work side by side while one follows the other."""

from pathlib import Path

import pytest

from tests.migrations.expanding import breaks

SERVICES = Path(__file__).parents[2] / "services"
BEFORE_THE_RULE = ("0001", "0002")

GOOD = """
    op.create_table("pails", sa.Column("id", sa.String(), nullable=False), sa.UniqueConstraint("id"))
    with op.batch_alter_table("bells") as batch_op:
        batch_op.add_column(sa.Column("tone", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("size", sa.Integer(), nullable=False, server_default="1"))
        batch_op.create_index("ix_bells_tone", ["tone"], unique=False)
        batch_op.alter_column("name", existing_type=sa.String(), nullable=True)
        batch_op.drop_index("ix_bells_name")
    op.execute("UPDATE bells SET tone = 'low'")
"""
BAD = {
    'op.drop_table("bells")': "drops a table",
    'batch_op.drop_column("size")': "drops a column",
    'op.rename_table("bells", "gongs")': "renames a table",
    'batch_op.alter_column("size", new_column_name="weight")': "renames a column",
    'batch_op.alter_column("size", type_=sa.Integer())': "changes a column's type",
    'batch_op.alter_column("size", nullable=False)': "changes what may be null",
    'batch_op.add_column(sa.Column("size", sa.Integer(), nullable=False))': "adds size, which the release before",
    'batch_op.create_unique_constraint("uq_bells_name", ["name"])': "adds a unique rule",
    'batch_op.create_index("ix_bells_name", ["name"], unique=True)': "adds a unique rule",
    'batch_op.create_check_constraint("ck_bells_size", "size > 0")': "adds a check",
    'batch_op.create_foreign_key("fk_bells", "towers", ["tower"], ["id"])': "adds a reference",
    'op.execute("ALTER TABLE bells DROP size")': "runs SQL of its own",
}


def test_migrations_only_add() -> None:
    """One that does not is to be split: add now, remove in a later release."""
    all_of_them = sorted(SERVICES.glob("*/migrations/versions/*.py"))
    new = [path for path in all_of_them if not path.name.startswith(BEFORE_THE_RULE)]
    assert len(all_of_them) > len(new)
    assert {str(path): found for path in new if (found := breaks(path))} == {}


@pytest.mark.parametrize("line", BAD)
def test_what_the_release_before_could_not_live_with_is_found(line: str, tmp_path: Path) -> None:
    (found,) = breaks(_written(tmp_path, f"\n    {line}\n"))
    assert BAD[line] in found


def test_what_only_adds_is_let_through(tmp_path: Path) -> None:
    assert breaks(_written(tmp_path, GOOD)) == []


def _written(folder: Path, body: str) -> Path:
    path = folder / "0003_bells.py"
    path.write_text(f"def upgrade() -> None:{body}")
    return path
