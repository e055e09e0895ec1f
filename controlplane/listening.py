"""A program that cannot listen where it is told to does not start."""

import socket

from controlplane.identity.admittance import StartRefusedError


def require_free(host: str, port: int, other: str) -> None:
    """Raise `StartRefusedError` when nobody can listen there; *other* is how to choose another."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        why = str(error.strerror).partition(" (")[0]  # behind it stands the address once more
        raise StartRefusedError(
            f"{host}:{port} cannot be listened on ({why}): stop what listens there, or choose "
            f"another with {other}."
        ) from error
