"""
One Alembic tree a database file: `log` and `state`.

On PostgreSQL both trees live in one database and keep their own version tables.
"""

from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData

from controlplane.correcting import tables as _correcting  # noqa: F401 - they join PROGRAM
from controlplane.database import Databases, writing
from controlplane.tables import PROGRAM
from governance.integration import tables as _integration  # noqa: F401 - they join GOVERNANCE
from governance.review import tables as _review  # noqa: F401 - they join GOVERNANCE
from governance.schemaregistry import tables as _schemaregistry  # noqa: F401 - as above
from governance.tables import GOVERNANCE
from observability.door import tables as _door  # noqa: F401 - they join STATE
from observability.forecast import tables as _forecast  # noqa: F401 - they join STATE
from observability.reconciliation import tables as _reconciliation  # noqa: F401 - likewise
from observability.rollup import tables as _rollup  # noqa: F401 - likewise
from observability.tables import LOG, STATE
from observability.traffic import tables as _traffic  # noqa: F401 - likewise

Tree = Literal["log", "state"]
TREES: dict[Tree, tuple[MetaData, ...]] = {
    "log": (LOG,),
    "state": (STATE, GOVERNANCE, PROGRAM),
}
_HERE = Path(__file__).parent


def version_table(tree: Tree) -> str:
    return f"alembic_version_{tree}"


def migrate(databases: Databases) -> None:
    """Bring both databases to the newest revision."""
    for tree, engine in _engines(databases):
        with writing(engine) as connection:
            command.upgrade(config(tree, connection), "head")


def pending(databases: Databases) -> list[Tree]:
    """Return the trees whose database is not at the newest revision."""
    behind: list[Tree] = []
    for tree, engine in _engines(databases):
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"version_table": version_table(tree)}
            )
            newest = ScriptDirectory.from_config(config(tree, connection)).get_current_head()
            if context.get_current_revision() != newest:
                behind.append(tree)
    return behind


def _engines(databases: Databases) -> tuple[tuple[Tree, Engine], ...]:
    return (("log", databases.log), ("state", databases.state))


def config(tree: Tree, connection: Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(_HERE / tree))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.attributes["connection"] = connection
    made.attributes["tree"] = tree
    return made
