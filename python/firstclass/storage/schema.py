"""The tables, in SQL that SQLite and PostgreSQL share. Times are RFC 3339 text (it sorts), JSON is text we wrote."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

REVISION = "0005_sightings"
"""The migration that these tables are the outcome of; a test holds the two together."""

KNOWN_REVISIONS = ("0001", "0002_modes", "0003_plans", "0004_legacy_keys", "0005_sightings")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite makes a rowid of INTEGER alone; PostgreSQL needs eight bytes for what only grows.
_Sequence = BigInteger().with_variant(Integer(), "sqlite")
_TIME = String(24)


applications = Table(
    "applications",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(63), nullable=False),
    Column("name", String(64), nullable=False),
    Column("owner", String(254), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("managed", Boolean, nullable=False),
    Column("created_at", _TIME, nullable=False),
    UniqueConstraint("tenant", "name"),
)

application_clients = Table(
    "application_clients",
    metadata,
    Column("tenant", String(63), primary_key=True),
    Column("issuer", String(63), primary_key=True),
    Column("client_id", String(255), primary_key=True),
    Column("application", ForeignKey("applications.id"), nullable=False, index=True),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(63), nullable=False),
    Column("application", ForeignKey("applications.id"), nullable=False, index=True),
    Column("api", String(63), nullable=False),
    Column("operations", Text, nullable=False),
    Column("unmask", Text, nullable=False),
    Column("plan", String(63)),
    Column("state", String(16), nullable=False),
    Column("managed", Boolean, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("until", _TIME),
    Column("product", String(63)),
    Column("own_plan", Boolean, nullable=False, server_default=false()),
)

plans = Table(
    "plans",
    metadata,
    Column("tenant", String(63), primary_key=True),
    Column("name", String(63), primary_key=True),
    Column("limits", Text, nullable=False),
)

products = Table(
    "products",
    metadata,
    Column("tenant", String(63), primary_key=True),
    Column("name", String(63), primary_key=True),
    Column("api", String(63), nullable=False),
    Column("operations", Text, nullable=False),
    Column("plan", String(63)),
)

credentials = Table(
    "credentials",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(63), nullable=False),
    Column("application", ForeignKey("applications.id"), nullable=False, index=True),
    Column("prefix", String(16), nullable=False, unique=True),
    Column("digest", String(43), nullable=False, unique=True),
    Column("pepper", String(40), nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("expires_at", _TIME, nullable=False),
    Column("revoked_at", _TIME),
    Column("last_used_at", _TIME),
    Column("class", String(16), nullable=False, server_default="standard"),
    Column("query_uses", BigInteger, nullable=False, server_default="0"),
)

issuers = Table(
    "issuers",
    metadata,
    Column("tenant", String(63), primary_key=True),
    Column("name", String(63), primary_key=True),
    Column("settings", Text, nullable=False),
    Column("keys", Text, nullable=False),
    Column("fetched_at", _TIME),
)

bundles = Table(
    "bundles",
    metadata,
    Column("sequence", _Sequence, primary_key=True, autoincrement=False),
    Column("tenant", String(63), nullable=False),
    Column("api", String(63), nullable=False),
    Column("hash", String(64)),
    Column("payload", Text),  # NULL: from this sequence on the API is gone
    Column("source_map", Text),
    Column("title", Text),
    Column("version", Text),
    Column("managed", Boolean, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Index("ix_bundles_tenant_api_sequence", "tenant", "api", "sequence"),
)

modes = Table(
    "modes",
    metadata,
    Column("tenant", String(63), primary_key=True),
    Column("api", String(63), primary_key=True),
    Column("operation", String(200), primary_key=True),
    Column("rule_class", String(16), primary_key=True),
    Column("share", Integer, nullable=False),  # of ten thousand callers
    Column("why", String(16), nullable=False),
    Column("changed_at", _TIME, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("sequence", _Sequence, primary_key=True, autoincrement=False),
    Column("tenant", String(63), nullable=False),
    Column("type", String(16), nullable=False),
    Column("id", String(63), nullable=False),
    Column("value", Text),  # NULL: gone
    Column("created_at", _TIME, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", _Sequence, primary_key=True, autoincrement=False),
    Column("tenant", String(63), nullable=False),
    Column("time", _TIME, nullable=False),
    Column("actor", String(254), nullable=False),
    Column("action", String(63), nullable=False),
    Column("noun", String(16), nullable=False),
    Column("id", String(63), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("value", Text, nullable=False),
)

engines = Table(
    "engines",
    metadata,
    Column("id", String(63), primary_key=True),
    Column("tenant", String(63), nullable=False),
    Column("directory_sequence", BigInteger, nullable=False),
    Column("bundles", Text, nullable=False),
    Column("seen_at", _TIME, nullable=False),
)

unregistered_clients = Table(
    "unregistered_clients",
    metadata,
    Column("tenant", String(63), primary_key=True),
    Column("issuer", String(63), primary_key=True),
    Column("client_id", String(255), primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("first_seen_at", _TIME, nullable=False),
    Column("last_seen_at", _TIME, nullable=False),
)

session_calls = Table(
    "session_calls",
    metadata,
    Column("tenant", String(63), primary_key=True),
    Column("api", String(63), primary_key=True),
    Column("engine", String(63), primary_key=True),
    Column("known", BigInteger, nullable=False),
    Column("unknown", BigInteger, nullable=False),
)
