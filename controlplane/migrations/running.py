"""How either tree runs: on the connection that it is handed, in that connection's transaction."""

from alembic import context

from controlplane.migrations import TREES, Tree, version_table


def run() -> None:
    attributes = context.config.attributes
    tree: Tree = attributes["tree"]
    context.configure(
        connection=attributes["connection"],
        target_metadata=list(TREES[tree]),
        version_table=version_table(tree),
        include_name=lambda name, kind, _: kind != "table" or _belongs(tree, name),
    )
    context.run_migrations()


def _belongs(tree: Tree, name: str | None) -> bool:
    """On PostgreSQL both trees see every table: each minds its own."""
    return any(name in metadata.tables for metadata in TREES[tree])
