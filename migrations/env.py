"""Runs the migrations on the connection that `shs-adapter migrate` hands over."""

from alembic import context

from shs_adapter.store import report_tables

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=report_tables.metadata)
with context.begin_transaction():
    context.run_migrations()
