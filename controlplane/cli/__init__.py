"""The command line: every flag has a variable `CONTROLPLANE_…`, every answer a JSON form."""

from controlplane.cli.main import main

__all__ = ["main"]
