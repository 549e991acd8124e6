"""Who rotated an API key."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("rotated_by", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )
