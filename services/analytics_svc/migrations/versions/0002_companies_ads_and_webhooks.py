"""companies ads and webhooks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "ad_figures",
        sa.Column("metrics", sa.BigInteger(), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=False),
        sa.Column("impressions_n", sa.BigInteger(), nullable=False),
        sa.Column("clicks", sa.BigInteger(), nullable=False),
        sa.Column("clicks_n", sa.BigInteger(), nullable=False),
        sa.Column("spend_units", sa.BigInteger(), nullable=False),
        sa.Column("spend_nanos", sa.BigInteger(), nullable=False),
        sa.Column("spend_n", sa.BigInteger(), nullable=False),
        sa.Column("revenue_units", sa.BigInteger(), nullable=False),
        sa.Column("revenue_nanos", sa.BigInteger(), nullable=False),
        sa.Column("revenue_n", sa.BigInteger(), nullable=False),
        sa.Column("conversions_units", sa.BigInteger(), nullable=False),
        sa.Column("conversions_nanos", sa.BigInteger(), nullable=False),
        sa.Column("conversions_n", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("campaign", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("account", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("dimensions_id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("ad", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("currency", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("kind", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint(
            "channel",
            "campaign",
            "day",
            "account",
            "dimensions_id",
            "ad",
            "currency",
            "kind",
            name=op.f("pk_ad_figures"),
        ),
    )
    with op.batch_alter_table("ad_figures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ad_figures_day"), ["day"], unique=False)

    op.create_table(
        "anomalies",
        sa.Column("id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("series", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("actual", sa.String(), nullable=False),
        sa.Column("expected", sa.String(), nullable=False),
        sa.Column("low", sa.String(), nullable=False),
        sa.Column("high", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anomalies")),
        sa.UniqueConstraint(
            "series", "currency", "measure", "day", name=op.f("uq_anomalies_series_currency_measure_day")
        ),
    )
    with op.batch_alter_table("anomalies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_anomalies_day_id"), ["day", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_anomalies_detected_at_id"), ["detected_at", "id"], unique=False)

    op.create_table(
        "budget_suggestions",
        sa.Column("id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("current_daily_spend", sa.String(), nullable=False),
        sa.Column("daily_budget", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("based_on", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_suggestions")),
    )
    with op.batch_alter_table("budget_suggestions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_budget_suggestions_created_at_id"), ["created_at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_budget_suggestions_series_expires_at"), ["series", "expires_at"], unique=False
        )

    op.create_table(
        "campaign_day_figures",
        sa.Column("metrics", sa.BigInteger(), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=False),
        sa.Column("impressions_n", sa.BigInteger(), nullable=False),
        sa.Column("clicks", sa.BigInteger(), nullable=False),
        sa.Column("clicks_n", sa.BigInteger(), nullable=False),
        sa.Column("spend_units", sa.BigInteger(), nullable=False),
        sa.Column("spend_nanos", sa.BigInteger(), nullable=False),
        sa.Column("spend_n", sa.BigInteger(), nullable=False),
        sa.Column("revenue_units", sa.BigInteger(), nullable=False),
        sa.Column("revenue_nanos", sa.BigInteger(), nullable=False),
        sa.Column("revenue_n", sa.BigInteger(), nullable=False),
        sa.Column("conversions_units", sa.BigInteger(), nullable=False),
        sa.Column("conversions_nanos", sa.BigInteger(), nullable=False),
        sa.Column("conversions_n", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("campaign", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("currency", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("kind", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("channel", "campaign", "day", "currency", "kind", name=op.f("pk_campaign_day_figures")),
    )
    with op.batch_alter_table("campaign_day_figures", schema=None) as batch_op:
        batch_op.create_index("ix_campaign_day_figures_channel", ["channel", "day"], unique=False)
        batch_op.create_index(batch_op.f("ix_campaign_day_figures_day"), ["day"], unique=False)

    op.create_table(
        "cell_figures",
        sa.Column("metrics", sa.BigInteger(), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=False),
        sa.Column("impressions_n", sa.BigInteger(), nullable=False),
        sa.Column("clicks", sa.BigInteger(), nullable=False),
        sa.Column("clicks_n", sa.BigInteger(), nullable=False),
        sa.Column("spend_units", sa.BigInteger(), nullable=False),
        sa.Column("spend_nanos", sa.BigInteger(), nullable=False),
        sa.Column("spend_n", sa.BigInteger(), nullable=False),
        sa.Column("revenue_units", sa.BigInteger(), nullable=False),
        sa.Column("revenue_nanos", sa.BigInteger(), nullable=False),
        sa.Column("revenue_n", sa.BigInteger(), nullable=False),
        sa.Column("conversions_units", sa.BigInteger(), nullable=False),
        sa.Column("conversions_nanos", sa.BigInteger(), nullable=False),
        sa.Column("conversions_n", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("campaign", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("account", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("dimensions_id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("currency", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("kind", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint(
            "channel", "campaign", "day", "account", "dimensions_id", "currency", "kind", name=op.f("pk_cell_figures")
        ),
    )
    with op.batch_alter_table("cell_figures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cell_figures_day"), ["day"], unique=False)

    op.create_table(
        "channel_figures",
        sa.Column("metrics", sa.BigInteger(), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=False),
        sa.Column("impressions_n", sa.BigInteger(), nullable=False),
        sa.Column("clicks", sa.BigInteger(), nullable=False),
        sa.Column("clicks_n", sa.BigInteger(), nullable=False),
        sa.Column("spend_units", sa.BigInteger(), nullable=False),
        sa.Column("spend_nanos", sa.BigInteger(), nullable=False),
        sa.Column("spend_n", sa.BigInteger(), nullable=False),
        sa.Column("revenue_units", sa.BigInteger(), nullable=False),
        sa.Column("revenue_nanos", sa.BigInteger(), nullable=False),
        sa.Column("revenue_n", sa.BigInteger(), nullable=False),
        sa.Column("conversions_units", sa.BigInteger(), nullable=False),
        sa.Column("conversions_nanos", sa.BigInteger(), nullable=False),
        sa.Column("conversions_n", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("currency", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("kind", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("channel", "currency", "kind", name=op.f("pk_channel_figures")),
    )
    op.create_table(
        "company_figures",
        sa.Column("company_id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("industry", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("currency", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("missing", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("revenue_billions", sa.BigInteger(), nullable=False),
        sa.Column("revenue_units", sa.BigInteger(), nullable=False),
        sa.Column("revenue_nanos", sa.BigInteger(), nullable=False),
        sa.Column("profit_billions", sa.BigInteger(), nullable=False),
        sa.Column("profit_units", sa.BigInteger(), nullable=False),
        sa.Column("profit_nanos", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("company_id", name=op.f("pk_company_figures")),
    )
    op.create_table(
        "dimension_figures",
        sa.Column("metrics", sa.BigInteger(), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=False),
        sa.Column("impressions_n", sa.BigInteger(), nullable=False),
        sa.Column("clicks", sa.BigInteger(), nullable=False),
        sa.Column("clicks_n", sa.BigInteger(), nullable=False),
        sa.Column("spend_units", sa.BigInteger(), nullable=False),
        sa.Column("spend_nanos", sa.BigInteger(), nullable=False),
        sa.Column("spend_n", sa.BigInteger(), nullable=False),
        sa.Column("revenue_units", sa.BigInteger(), nullable=False),
        sa.Column("revenue_nanos", sa.BigInteger(), nullable=False),
        sa.Column("revenue_n", sa.BigInteger(), nullable=False),
        sa.Column("conversions_units", sa.BigInteger(), nullable=False),
        sa.Column("conversions_nanos", sa.BigInteger(), nullable=False),
        sa.Column("conversions_n", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("campaign", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("dimensions_id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("currency", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("kind", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint(
            "channel", "campaign", "dimensions_id", "currency", "kind", name=op.f("pk_dimension_figures")
        ),
    )
    op.create_table(
        "dimension_names",
        sa.Column("name", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_dimension_names")),
    )
    op.create_table(
        "dimension_sets",
        sa.Column("id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("dimensions", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dimension_sets")),
    )
    op.create_table(
        "industry_figures",
        sa.Column("industry", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("currency", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("missing", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("revenue_billions", sa.BigInteger(), nullable=False),
        sa.Column("revenue_units", sa.BigInteger(), nullable=False),
        sa.Column("revenue_nanos", sa.BigInteger(), nullable=False),
        sa.Column("profit_billions", sa.BigInteger(), nullable=False),
        sa.Column("profit_units", sa.BigInteger(), nullable=False),
        sa.Column("profit_nanos", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("industry", "currency", "missing", name=op.f("pk_industry_figures")),
    )
    op.create_table(
        "metric_figures",
        sa.Column("metric_id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("campaign", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("account", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("ad", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimensions_id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("currency", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=True),
        sa.Column("clicks", sa.BigInteger(), nullable=True),
        sa.Column("spend_units", sa.BigInteger(), nullable=True),
        sa.Column("spend_nanos", sa.BigInteger(), nullable=True),
        sa.Column("revenue_units", sa.BigInteger(), nullable=True),
        sa.Column("revenue_nanos", sa.BigInteger(), nullable=True),
        sa.Column("conversions", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("metric_id", name=op.f("pk_metric_figures")),
    )
    op.create_table(
        "performance_changes",
        sa.Column("id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performance_changes")),
    )
    with op.batch_alter_table("performance_changes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_performance_changes_channel_ended_at"), ["channel", "ended_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_performance_changes_detected_at_id"), ["detected_at", "id"], unique=False)

    op.create_table(
        "watched_channels",
        sa.Column("channel", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("newest_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_watched_channels")),
    )
    op.create_table(
        "watched_series",
        sa.Column("series", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("newest_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_watched_series")),
    )
