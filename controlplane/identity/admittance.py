"""An address that others can reach is not opened while nobody can be told from anybody else."""

from datetime import UTC, datetime

from controlplane.database import Databases, reading
from controlplane.identity import stores
from controlplane.settings import Settings


class StartRefusedError(RuntimeError):
    """The server does not start; the message says what to do."""


def require_identity(settings: Settings, databases: Databases) -> None:
    """Raise `StartRefusedError` when *settings* open the API to others and no key exists."""
    if settings.loopback:
        return
    at = datetime.now(UTC)
    with reading(databases.state) as connection:
        known = stores.any_live(connection, at=at)
    if known:
        return
    with reading(databases.log) as connection:
        waiting = stores.any_waiting(connection, at=at)
    if not waiting:
        raise StartRefusedError(
            f"{settings.host} can be reached from other machines, and no API key exists. "
            "Create one first: controlplane keys create --name admin --role admin --offline; "
            "or listen on 127.0.0.1."
        )
