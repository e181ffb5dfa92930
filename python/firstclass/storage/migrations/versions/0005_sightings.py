"""Applications that nobody registered, and calls by whether their session was known."""

import sqlalchemy as sa
from alembic import op

revision = "0005_sightings"
down_revision = "0004_legacy_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('unregistered_clients',
    sa.Column('tenant', sa.String(length=63), nullable=False),
    sa.Column('issuer', sa.String(length=63), nullable=False),
    sa.Column('client_id', sa.String(length=255), nullable=False),
    sa.Column('calls', sa.BigInteger(), nullable=False),
    sa.Column('first_seen_at', sa.String(length=24), nullable=False),
    sa.Column('last_seen_at', sa.String(length=24), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'issuer', 'client_id', name=op.f('pk_unregistered_clients'))
    )
    op.create_table('session_calls',
    sa.Column('tenant', sa.String(length=63), nullable=False),
    sa.Column('api', sa.String(length=63), nullable=False),
    sa.Column('engine', sa.String(length=63), nullable=False),
    sa.Column('known', sa.BigInteger(), nullable=False),
    sa.Column('unknown', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'api', 'engine', name=op.f('pk_session_calls'))
    )
