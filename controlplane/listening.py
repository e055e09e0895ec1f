"""A program that cannot listen where it is told to does not start."""

import socket

from controlplane.identity.admittance import StartRefusedError


def require_free(host: str, port: int, other: str) -> None:
    """Raise `StartRefusedError` when nobody can listen there; *other* is how to choose another."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise StartRefusedError(
            f"{host}:{port} cannot be listened on ({error.strerror}): stop what listens there, "
            f"or choose another with {other}."
        ) from error
