"""Modes that are set at run time, for each operation and class of rules."""

import sqlalchemy as sa
from alembic import op

revision = "0002_modes"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('modes',
    sa.Column('tenant', sa.String(length=63), nullable=False),
    sa.Column('api', sa.String(length=63), nullable=False),
    sa.Column('operation', sa.String(length=200), nullable=False),
    sa.Column('rule_class', sa.String(length=16), nullable=False),
    sa.Column('share', sa.Integer(), nullable=False),
    sa.Column('why', sa.String(length=16), nullable=False),
    sa.Column('changed_at', sa.String(length=24), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'api', 'operation', 'rule_class', name=op.f('pk_modes'))
    )
