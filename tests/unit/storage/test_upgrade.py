"""The migrations lead to exactly the tables that the code expects."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from firstclass.storage import Store
from firstclass.storage.schema import KNOWN_REVISIONS, REVISION, metadata
from firstclass.storage.upgrade import MIGRATIONS


def test_the_migrations_make_the_tables_of_the_schema(store: Store):
    with store._database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_migration_is_the_one_the_code_expects():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [REVISION]
    assert {script.revision for script in scripts.walk_revisions()} == set(KNOWN_REVISIONS)


def test_every_table_of_a_tenant_names_the_tenant():
    without = {name for name, table in metadata.tables.items() if "tenant" not in table.columns}
    assert without == {"meta"}
