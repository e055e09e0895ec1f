"""`controlplane rules`: write, check and test rules where they are written, without a server."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from controlplane.cli import standing
from controlplane.cli.backtesting import backtest
from controlplane.cli.differences import differences
from controlplane.cli.explaining import explain
from controlplane.cli.production import PRODUCTION, show_production
from controlplane.cli.reaching import FAILED, USAGE, AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json
from controlplane.pack.read import RULESET, PackedDocument, PackError
from controlplane.pack.skeleton import skeleton
from rules.analysis.coverage import RuleCoverage
from rules.analysis.examining import Examination
from rules.refusal import Problem

if TYPE_CHECKING:
    from controlplane.pack.ruleset import Workplace

app = typer.Typer(help="Write, check, test, try and explain rules.", no_args_is_help=True)
Where = Annotated[
    Path,
    typer.Argument(metavar="PATH", help="A pack, a rule set's folder, one rule's file, or a name."),
]
PackFolder = Annotated[
    Path | None, typer.Option("--pack", help="The pack that says what the facts are.")
]
OnServer = Annotated[
    bool, typer.Option("--server", help="Ask the server: its contracts, models and calendars.")
]


class _Examined(msgspec.Struct, frozen=True, kw_only=True):
    document: PackedDocument
    examination: Examination
    only: str | None

    def shown(self, problem: Problem) -> str:
        """Return `file:line:column: what`; empty where another file was asked about."""
        file, line = self.document.place(problem.line)
        if self.only not in (None, file):
            return ""
        column = problem.column - self.document.indent(problem.line)
        return f"{file}:{line}{f':{column}' if column > 0 else ''}: {problem.detail}"

    def speaks_of(self, rule: str) -> bool:
        """Say whether *rule* was asked about: all are, or the one whose file was named."""
        return self.only is None or Path(self.only).name in (f"{rule}.yaml", RULESET)


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="The rule set's folder.")],
    rule: Annotated[str, typer.Argument(help="Its id in kebab-case, e.g. late-time.")],
) -> None:
    """Write the skeleton of a rule, test cases first."""
    file = folder / f"{rule}.yaml"
    try:
        text = skeleton(rule)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="RULE") from error
    if not (folder / "ruleset.yaml").is_file():
        raise typer.BadParameter(f"there is no ruleset.yaml in {folder}", param_hint="FOLDER")
    if file.exists():
        raise typer.BadParameter(f"{file} stands already", param_hint="RULE")
    file.write_text(text, encoding="utf-8")
    typer.echo(f"{file}: write its test cases, then its conditions, then: rules test {file}")


@app.command()
def check(  # noqa: PLR0913 - one flag, one argument
    path: Where,
    *,
    pack: PackFolder = None,
    server: OnServer = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Type rules and look for what never holds, overlaps or contradicts; exit 1 on a problem."""
    examined = _examined(path, pack, server=server, url=url, token=token)
    wrong = [line for one in examined for p in one.examination.problems if (line := one.shown(p))]
    hints = [line for one in examined for p in one.examination.advice if (line := one.shown(p))]
    if as_json:
        print_json({"rulesets": [_json(one) for one in examined]})
    else:
        for line in wrong:
            typer.echo(line)
        for line in hints:
            typer.echo(f"{line} (advice)")
        typer.echo("nothing is wrong" if not wrong else f"{len(wrong)} problems")
    if wrong:
        raise typer.Exit(FAILED)


@app.command(name="test")
def run_tests(  # noqa: PLR0913 - one flag, one argument
    path: Where,
    *,
    pack: PackFolder = None,
    server: OnServer = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Run the test cases of rules; exit 1 when one fails or cannot be run."""
    examined = _examined(path, pack, server=server, url=url, token=token)
    failed = _unsound(examined, quiet=as_json)
    passed = 0
    for one in examined:
        for case in one.examination.cases:
            if not one.speaks_of(case.rule):
                continue
            passed += case.passed
            failed += not case.passed
            if not case.passed and not as_json:
                typer.echo(f"{case.rule}: {case.name}: {case.because}")
    if as_json:
        print_json({"rulesets": [_json(one) for one in examined]})
    else:
        typer.echo(f"{passed} passed, {failed} failed")
    if failed:
        raise typer.Exit(FAILED)


@app.command()
def coverage(  # noqa: PLR0913 - one flag, one argument
    path: Where,
    *,
    least: Annotated[
        int, typer.Option(min=0, max=100, help="Exit 1 when a rule has less, in percent.")
    ] = 0,
    pack: PackFolder = None,
    server: OnServer = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """
    Show which conditions no test case ever makes hold, or fail.

    RULESET@production: how often each rule and condition held on the server, in 30 days.
    """
    if str(path).endswith(PRODUCTION):
        show_production(str(path).removesuffix(PRODUCTION), url, token, as_json=as_json)
        return
    examined = _examined(path, pack, server=server, url=url, token=token)
    short = _unsound(examined, quiet=as_json)
    for one in examined:
        for rule in one.examination.coverage:
            if one.speaks_of(rule.rule):
                short += rule.percent < least
                if not as_json:
                    _print_coverage(one, rule)
    if as_json:
        print_json({"rulesets": [_json(one) for one in examined]})
    if short:
        raise typer.Exit(FAILED)


def _print_coverage(one: _Examined, rule: RuleCoverage) -> None:
    typer.echo(f"{rule.percent:>3} %  {rule.rule} ({rule.cases} cases)")
    for seen in rule.conditions:
        if seen.unseen:
            told = Problem(
                pointer="",
                detail=f"{seen.condition} {seen.unseen}",
                line=seen.line,
                column=seen.column,
            )
            typer.echo(f"       {one.shown(told)}")


def _unsound(examined: list[_Examined], *, quiet: bool) -> int:
    """Return how many rule sets cannot be tested, and say why."""
    count = 0
    for one in examined:
        count += bool(one.examination.problems)
        for problem in one.examination.problems if not quiet else ():
            typer.echo(one.shown(problem) or f"another file: {problem.detail}")
    return count


def _json(one: _Examined) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(one.examination)
    for kind in ("problems", "advice"):
        for problem in plain[kind]:
            problem["file"], problem["line"] = one.document.place(problem.get("line", 0))
    for rule, seen in zip(plain["coverage"], one.examination.coverage, strict=True):
        rule["percent"] = seen.percent
    return plain


def _examined(
    path: Path, pack: Path | None, *, server: bool, url: str | None, token: str | None
) -> list[_Examined]:
    from controlplane.pack.ruleset import NowhereError, find

    try:
        place = find(path, pack, packless=server)
        found = _asked(place, url, token) if server else _here(place)
    except NowhereError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from error
    except PackError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error
    return [
        _Examined(document=one, examination=examination, only=place.only)
        for one, examination in zip(place.documents, found, strict=True)
    ]


def _here(place: "Workplace") -> list[Examination]:
    from controlplane.pack.ruleset import NowhereError, examine_document

    if place.pack is None:
        raise NowhereError("name the pack that says what the facts are with --pack")
    return [examine_document(one, place.pack) for one in place.documents]


def _asked(place: "Workplace", url: str | None, token: str | None) -> list[Examination]:
    with reaching(url, token) as client:
        answers = [
            answer_of(client.post("/v1/rulesets/check", content=one.text.encode()))
            for one in place.documents
        ]
    return [msgspec.convert(one, Examination) for one in answers]


for _command in (  # in the order of the work, after new, check, test and coverage
    backtest,
    standing.put,
    standing.shadow,
    differences,
    standing.promote,
    standing.rollback,
    standing.withdraw,
    standing.retire,
):
    app.command()(_command)
app.command(name="list")(standing.list_)
app.command()(explain)
