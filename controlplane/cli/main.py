"""`controlplane`: exit codes 0 done, 1 a check failed, 2 usage, 3 the server is out of reach."""

from importlib.metadata import version
from typing import Annotated

import typer

from controlplane.cli import (
    forecasting,
    importing,
    keys,
    kpis,
    mining,
    packs,
    reconciling,
    replaying,
    rules,
    running,
    simulate,
    slas,
    unprocessed,
    working,
)

app = typer.Typer(
    name="controlplane",
    help="Rules and observability above CRM, PSA, ERP and HCM.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "CONTROLPLANE",  # and the command, where a flag names none
    },
)
app.command()(running.serve)
app.command()(running.worker)
app.command()(running.ui)
app.command()(running.migrate)
app.command()(running.demo)
app.command()(replaying.replay)
app.command()(mining.mine)
app.command()(kpis.kpis)
app.add_typer(packs.app, name="pack")
app.add_typer(rules.app, name="rules")
app.add_typer(reconciling.app, name="reconcile")
app.add_typer(importing.app, name="import")
app.add_typer(forecasting.app, name="forecast")
app.add_typer(keys.app, name="keys")
app.add_typer(simulate.app, name="simulate")
app.add_typer(working.app, name="exceptions")
app.add_typer(slas.app, name="slas")
app.add_typer(unprocessed.app, name="unprocessed")


def _version(asked: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if asked:
        typer.echo(version("controlplane"))
        raise typer.Exit


@app.callback()
def root(
    *,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Register promises, watch work, say which promise broke and what waits on it."""


def main() -> None:
    app()
