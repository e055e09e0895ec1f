"""Alembic's entry to this tree."""

from controlplane.migrations.running import run

run()
