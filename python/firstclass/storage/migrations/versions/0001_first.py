"""The first tables, and the triggers that make the audit chain and the outbox append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The chain makes tampering visible; the triggers make it no accident. A row of the outbox may go (pruned), never change.
GUARDED = (("audit", "UPDATE"), ("audit", "DELETE"), ("outbox", "UPDATE"))


def upgrade() -> None:
    op.create_table('applications',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('tenant', sa.String(length=63), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('owner', sa.String(length=254), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('managed', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.String(length=24), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_applications')),
    sa.UniqueConstraint('tenant', 'name', name=op.f('uq_applications_tenant_name'))
    )
    op.create_table('audit',
    sa.Column('sequence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('tenant', sa.String(length=63), nullable=False),
    sa.Column('time', sa.String(length=24), nullable=False),
    sa.Column('actor', sa.String(length=254), nullable=False),
    sa.Column('action', sa.String(length=63), nullable=False),
    sa.Column('noun', sa.String(length=16), nullable=False),
    sa.Column('id', sa.String(length=63), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('previous_hash', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('sequence', name=op.f('pk_audit'))
    )
    op.create_table('bundles',
    sa.Column('sequence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('tenant', sa.String(length=63), nullable=False),
    sa.Column('api', sa.String(length=63), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=True),
    sa.Column('payload', sa.Text(), nullable=True),
    sa.Column('source_map', sa.Text(), nullable=True),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('version', sa.Text(), nullable=True),
    sa.Column('managed', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.String(length=24), nullable=False),
    sa.PrimaryKeyConstraint('sequence', name=op.f('pk_bundles'))
    )
    op.create_index('ix_bundles_tenant_api_sequence', 'bundles', ['tenant', 'api', 'sequence'], unique=False)
    op.create_table('engines',
    sa.Column('id', sa.String(length=63), nullable=False),
    sa.Column('tenant', sa.String(length=63), nullable=False),
    sa.Column('directory_sequence', sa.BigInteger(), nullable=False),
    sa.Column('bundles', sa.Text(), nullable=False),
    sa.Column('seen_at', sa.String(length=24), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_engines'))
    )
    op.create_table('issuers',
    sa.Column('tenant', sa.String(length=63), nullable=False),
    sa.Column('name', sa.String(length=63), nullable=False),
    sa.Column('settings', sa.Text(), nullable=False),
    sa.Column('keys', sa.Text(), nullable=False),
    sa.Column('fetched_at', sa.String(length=24), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'name', name=op.f('pk_issuers'))
    )
    op.create_table('meta',
    sa.Column('name', sa.String(length=63), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_meta'))
    )
    op.create_table('outbox',
    sa.Column('sequence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('tenant', sa.String(length=63), nullable=False),
    sa.Column('type', sa.String(length=16), nullable=False),
    sa.Column('id', sa.String(length=63), nullable=False),
    sa.Column('value', sa.Text(), nullable=True),
    sa.Column('created_at', sa.String(length=24), nullable=False),
    sa.PrimaryKeyConstraint('sequence', name=op.f('pk_outbox'))
    )
    op.create_table('application_clients',
    sa.Column('tenant', sa.String(length=63), nullable=False),
    sa.Column('issuer', sa.String(length=63), nullable=False),
    sa.Column('client_id', sa.String(length=255), nullable=False),
    sa.Column('application', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['application'], ['applications.id'], name=op.f('fk_application_clients_application')),
    sa.PrimaryKeyConstraint('tenant', 'issuer', 'client_id', name=op.f('pk_application_clients'))
    )
    op.create_index(op.f('ix_application_clients_application'), 'application_clients', ['application'], unique=False)
    op.create_table('credentials',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('tenant', sa.String(length=63), nullable=False),
    sa.Column('application', sa.String(length=40), nullable=False),
    sa.Column('prefix', sa.String(length=16), nullable=False),
    sa.Column('digest', sa.String(length=43), nullable=False),
    sa.Column('pepper', sa.String(length=40), nullable=False),
    sa.Column('created_at', sa.String(length=24), nullable=False),
    sa.Column('expires_at', sa.String(length=24), nullable=False),
    sa.Column('revoked_at', sa.String(length=24), nullable=True),
    sa.Column('last_used_at', sa.String(length=24), nullable=True),
    sa.ForeignKeyConstraint(['application'], ['applications.id'], name=op.f('fk_credentials_application')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credentials')),
    sa.UniqueConstraint('digest', name=op.f('uq_credentials_digest')),
    sa.UniqueConstraint('prefix', name=op.f('uq_credentials_prefix'))
    )
    op.create_index(op.f('ix_credentials_application'), 'credentials', ['application'], unique=False)
    op.create_table('subscriptions',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('tenant', sa.String(length=63), nullable=False),
    sa.Column('application', sa.String(length=40), nullable=False),
    sa.Column('api', sa.String(length=63), nullable=False),
    sa.Column('operations', sa.Text(), nullable=False),
    sa.Column('unmask', sa.Text(), nullable=False),
    sa.Column('plan', sa.String(length=63), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('managed', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.String(length=24), nullable=False),
    sa.Column('until', sa.String(length=24), nullable=True),
    sa.ForeignKeyConstraint(['application'], ['applications.id'], name=op.f('fk_subscriptions_application')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriptions'))
    )
    op.create_index(op.f('ix_subscriptions_application'), 'subscriptions', ['application'], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        guard_postgresql()
    else:
        guard_sqlite()


def guard_sqlite() -> None:
    for table, verb in GUARDED:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION firstclass_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table, verb in GUARDED:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION firstclass_append_only()"
        )
