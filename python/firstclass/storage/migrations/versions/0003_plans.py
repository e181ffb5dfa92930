"""Plans and products, and the subscriptions that name them."""

import sqlalchemy as sa
from alembic import op

revision = "0003_plans"
down_revision = "0002_modes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("limits", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", name=op.f("pk_plans")),
    )
    op.create_table(
        "products",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("api", sa.String(length=63), nullable=False),
        sa.Column("operations", sa.Text(), nullable=False),
        sa.Column("plan", sa.String(length=63), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "name", name=op.f("pk_products")),
    )
    op.add_column("subscriptions", sa.Column("product", sa.String(length=63), nullable=True))
    op.add_column(
        "subscriptions", sa.Column("own_plan", sa.Boolean(), nullable=False, server_default=sa.false())
    )
