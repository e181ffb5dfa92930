"""Keys of other gateways: the class of a credential, and how often it stood in a query."""

import sqlalchemy as sa
from alembic import op

revision = "0004_legacy_keys"
down_revision = "0003_plans"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("credentials", sa.Column("class", sa.String(length=16), nullable=False, server_default="standard"))
    op.add_column("credentials", sa.Column("query_uses", sa.BigInteger(), nullable=False, server_default="0"))
