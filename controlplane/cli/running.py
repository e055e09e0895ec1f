"""
`serve`, `worker`, `ui`, `migrate`, `demo`: the commands that are the program.

Each imports what it runs when it runs it: a client command need not wait for the server's parts.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from controlplane.cli.reaching import FAILED, USAGE
from controlplane.database import DATABASE_AWAY, LOG_FILE, open_databases
from controlplane.ownership import OwnedError, owning
from controlplane.settings import Settings, SettingsError, read_settings

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", envvar="CONTROLPLANE_DATA_DIR", help="Folder of the embedded databases."
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url", envvar="CONTROLPLANE_DATABASE_URL", help="PostgreSQL to use instead."
    ),
]
Port = Annotated[
    int | None, typer.Option("--port", envvar="CONTROLPLANE_PORT", help="Port of the API.")
]
Host = Annotated[
    str | None, typer.Option("--host", envvar="CONTROLPLANE_HOST", help="Address to listen on.")
]
GrpcPort = Annotated[
    int | None,
    typer.Option(
        "--otlp-grpc-port",
        envvar="CONTROLPLANE_OTLP_GRPC_PORT",
        help="Port of OTLP over gRPC, as a rule 4317; closed without one.",
    ),
]
UiPort = Annotated[
    int | None, typer.Option("--ui-port", envvar="CONTROLPLANE_UI_PORT", help="Port of the app.")
]
LogLevel = Annotated[
    str | None,
    typer.Option("--log-level", envvar="CONTROLPLANE_LOG_LEVEL", help="Least severity of logs."),
]


def serve(  # noqa: PLR0913 - one parameter a flag
    *,
    port: Port = None,
    host: Host = None,
    otlp_grpc_port: GrpcPort = None,
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Whether a worker runs beside the API.")
    ] = True,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    log_level: LogLevel = None,
) -> None:
    """Answer HTTP, with the worker beside it."""
    from controlplane import serving

    settings = given(
        port=port,
        host=host,
        otlp_grpc_port=otlp_grpc_port,
        data_dir=data_dir,
        database_url=database_url,
        log_level=log_level,
    )
    with refusals():
        serving.serve(settings, worker=worker)


def worker(
    *, data_dir: DataDir = None, database_url: DatabaseUrl = None, log_level: LogLevel = None
) -> None:
    """Take the log: correlate, fold, clock, decide, settle, tell."""
    from controlplane import serving
    from controlplane.migrations import pending

    settings = given(data_dir=data_dir, database_url=database_url, log_level=log_level)
    with refusals():
        databases = open_databases(settings.data_dir, settings.database_url)
        behind = pending(databases)
        databases.close()
        if behind:
            typer.echo("The databases are not up to date: run `controlplane migrate`.", err=True)
            raise typer.Exit(FAILED)
        serving.run_worker(settings)


def ui(*, host: Host = None, port: Port = None, ui_port: UiPort = None) -> None:
    """Serve the app; it reads the API at CONTROLPLANE_URL, else on this machine."""
    from controlplane import serving

    serving.run_ui(given(host=host, port=port, ui_port=ui_port))


def migrate(*, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Bring the databases to the newest revision."""
    from controlplane.migrations import migrate as bring_up_to_date

    settings = given(data_dir=data_dir, database_url=database_url)
    with refusals():
        databases = open_databases(settings.data_dir, settings.database_url)
        if databases.embedded:
            with owning(settings.data_dir / LOG_FILE):
                bring_up_to_date(databases)
        else:
            bring_up_to_date(databases)
        databases.close()
    typer.echo("The databases are up to date.")


def demo(
    *,
    live: Annotated[bool, typer.Option("--live/--no-live", help="Keep traffic going.")] = True,
    with_ui: Annotated[bool, typer.Option("--ui/--no-ui", help="Serve the app too.")] = True,
    port: Port = None,
    ui_port: UiPort = None,
    data_dir: DataDir = None,
) -> None:
    """Show it: API, worker and app on a simulated firm with a quarter of history."""
    from controlplane.demo import demo as run_demo
    from controlplane.worker import stopping

    settings = given(port=port, ui_port=ui_port, data_dir=data_dir)
    with refusals(), stopping() as stop:
        run_demo(settings, stop, with_live=live, with_ui=with_ui)


def given(**flags: Any) -> Settings:
    """Return the settings of environment and *flags*; exit 2 where they do not fit."""
    try:
        return read_settings(os.environ, **flags)
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from error


@contextmanager
def refusals() -> Iterator[None]:
    """Say in one line why the program does not start."""
    from controlplane.demo import DemoError
    from controlplane.identity.admittance import StartRefusedError

    try:
        yield
    except (StartRefusedError, OwnedError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from error
    except DemoError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error
    except DATABASE_AWAY as error:
        typer.echo(f"The database cannot be used: {error}", err=True)
        raise typer.Exit(FAILED) from error
