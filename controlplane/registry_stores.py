"""What of the registry has changed, read cheaply enough to be asked often."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from governance.tables import contract_version, document

Revision = tuple[tuple[str, ...], ...]


def revision(connection: Connection, kinds: Collection[str]) -> Revision:
    """Return what differs once a contract version or a document of *kinds* comes or goes."""
    versions = select(
        contract_version.c.subject, contract_version.c.version, contract_version.c.lifecycle
    ).order_by(contract_version.c.subject, contract_version.c.version)
    documents = (
        select(document.c.kind, document.c.name, document.c.version, document.c.state)
        .where(document.c.kind.in_(kinds), document.c.state.in_(("active", "shadow")))
        .order_by(document.c.kind, document.c.name, document.c.version)
    )
    rows = [*connection.execute(versions), *connection.execute(documents)]
    return tuple(tuple(row) for row in rows)
