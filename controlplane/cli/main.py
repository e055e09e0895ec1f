"""`controlplane`: exit codes 0 done, 1 a check failed, 2 usage, 3 the server is out of reach."""

from importlib.metadata import version
from typing import Annotated

import typer

from controlplane.cli.loading import Loading

app = typer.Typer(
    name="controlplane",
    cls=Loading,
    help="Rules and observability above CRM, PSA, ERP and HCM.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "CONTROLPLANE",  # and the command, where a flag names none
    },
)


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
