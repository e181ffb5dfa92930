"""Run by Alembic, on the connection and in the transaction that `storage.upgrade` holds."""

from alembic import context

from firstclass.storage.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
