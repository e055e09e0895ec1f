"""`controlplane contracts`: versions on their way from draft to retirement."""

import typer

from controlplane.cli.contract_lifecycle import LIFECYCLE
from controlplane.cli.contract_reviewing import REVIEWING

app = typer.Typer(help="Review, publish and retire contract versions.", no_args_is_help=True)
for name, command in (*LIFECYCLE.items(), *REVIEWING.items()):
    app.command(name)(command)
