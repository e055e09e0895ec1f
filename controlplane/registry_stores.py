"""What of the registry matters at the door, read cheaply enough to be asked often."""

from sqlalchemy import Connection, select

from governance.tables import contract_version, document

Revision = tuple[tuple[str, ...], ...]


def revision(connection: Connection) -> Revision:
    """Return a value that differs whenever a contract version or a span mapping comes or goes."""
    versions = select(
        contract_version.c.subject, contract_version.c.version, contract_version.c.lifecycle
    ).order_by(contract_version.c.subject, contract_version.c.version)
    mappings = (
        select(document.c.name, document.c.version)
        .where(document.c.kind == "mapping", document.c.active == 1)
        .order_by(document.c.name)
    )
    rows = [*connection.execute(versions), *connection.execute(mappings)]
    return tuple(tuple(row) for row in rows)
