"""Indexes for accounts and retention."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("ad_metric_revisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ad_metric_revisions_recorded_at"), ["recorded_at"], unique=False)

    with op.batch_alter_table("ad_metrics", schema=None) as batch_op:
        batch_op.create_index("ix_ad_metrics_account", ["account", "updated_at", "id"], unique=False)

    with op.batch_alter_table("webhook_attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_attempts_at"), ["at"], unique=False)

    with op.batch_alter_table("webhook_deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_deliveries_ended_at"), ["ended_at"], unique=False)
