"""`controlplane replay --verify`: the log, taken again, gives the state that stands."""

from typing import TYPE_CHECKING, Annotated

import typer

from controlplane.cli.reaching import FAILED, AsJson
from controlplane.cli.running import DatabaseUrl, DataDir, given, refusals
from controlplane.cli.showing import print_json, showing
from controlplane.database import open_databases

if TYPE_CHECKING:
    from controlplane.replay import Report


def replay(
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Replay in a scratch database and compare.")
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Replay the log and compare; exit 1 when the state that stands differs. Reads only."""
    from controlplane.replay import verify as compare
    from controlplane.ruleprocess.supervisor import RuleProcesses

    if not verify:
        raise typer.BadParameter("say --verify: nothing is rebuilt in place", param_hint="replay")
    settings = given(data_dir=data_dir, database_url=database_url)
    with refusals(), RuleProcesses(1) as rules:
        databases = open_databases(settings.data_dir, settings.database_url, read_only=True)
        with showing("replaying", quiet=as_json) as told:
            report = compare(databases, rules, progress=told)
        databases.close()
    if as_json:
        print_json({"equal": report.equal, "offset": report.offset, "tables": report.tables})
    else:
        _print(report)
    if not report.equal:
        raise typer.Exit(FAILED)


def _print(report: "Report") -> None:
    for one in report.tables:
        if not one.equal:
            typer.echo(
                f"{one.table}: {one.standing} rows stand, {one.replayed} replayed; "
                f"differing: {', '.join(one.differing)}"
            )
    rows = sum(one.standing for one in report.tables)
    verdict = "equal" if report.equal else "DIFFERENT"
    typer.echo(f"offset {report.offset}, {len(report.tables)} tables, {rows} rows: {verdict}")
