"""The migrations lead to exactly the tables that the code expects."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from firstclass.storage import Store
from firstclass.storage.database import Database
from firstclass.storage.schema import KNOWN_REVISIONS, REVISION, metadata
from firstclass.storage.store import FILE
from firstclass.storage.upgrade import MIGRATIONS


def test_the_migrations_make_the_tables_of_the_schema(store: Store):
    with store._database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def test_a_store_of_the_first_version_keeps_its_subscriptions(tmp_path: Path):
    (tmp_path / FILE).touch()
    database, config = Database(tmp_path / FILE, 1.0), alembic_config()
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    database.close()
    old = sqlite3.connect(tmp_path / FILE)
    time = "2031-01-01T00:00:00.000Z"
    old.execute("INSERT INTO applications VALUES ('app_1', 'main', 'desk', 'a@b.c', 'server', 1, 0, ?)", (time,))
    old.execute(
        "INSERT INTO subscriptions (id, tenant, application, api, operations, unmask, state, managed, created_at)"
        " VALUES ('sub_1', 'main', 'app_1', 'shop', '[\"getA\"]', '[]', 'approved', 0, ?)",
        (time,),
    )
    old.commit()
    old.close()
    store = Store.open(tmp_path)
    with store.read() as reader:
        held = reader.subscriptions.get("sub_1")
        assert (held.operations, held.plan, held.product, held.own_plan) == (("getA",), None, None, False)
        assert reader.plans.all() == reader.products.all() == []
    store.close()


def test_the_newest_migration_is_the_one_the_code_expects():
    scripts = ScriptDirectory.from_config(alembic_config())
    assert scripts.get_heads() == [REVISION]
    assert {script.revision for script in scripts.walk_revisions()} == set(KNOWN_REVISIONS)


def test_every_table_of_a_tenant_names_the_tenant():
    without = {name for name, table in metadata.tables.items() if "tenant" not in table.columns}
    assert without == {"meta"}
