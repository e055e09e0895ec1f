"""`controlplane contracts lint`: contracts held to house rules where they are written."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controlplane.cli.contract_checking import All, As, Form, Format, files_of
from controlplane.cli.reaching import FAILED, USAGE, AsJson
from controlplane.cli.showing import print_json

if TYPE_CHECKING:
    from controlplane.cli.contract_files import Filed
    from controlplane.cli.contract_gate import Judged
    from governance.lint.ruleset import RuleSet

_HOUSE = "controlplane:house"


def lint(  # noqa: PLR0913 - one flag, one argument
    paths: Annotated[list[Path], typer.Argument(help="Documents, or folders of them.")],
    *,
    policy: Annotated[
        str, typer.Option("--policy", help="A rule file, or the name of a shipped one.")
    ] = _HOUSE,
    domain: Annotated[
        str, typer.Option("--domain", help="Of documents without a contract.yaml.")
    ] = "",
    as_: As = None,
    format_: Format = Form.TEXT,
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """Hold contracts to rules; exit 1 when one is found that the policy lets nobody publish."""
    from controlplane.cli import contract_annotations, contract_lint_told

    ruleset = _policy(policy)
    filed = [one for path in paths for one in files_of(path, as_)]
    judged = [_judged(one, ruleset, domain) for one in filed]
    form = Form.JSON if as_json else format_
    if form is Form.JSON:
        print_json(contract_lint_told.plain(judged))
    elif form is Form.SARIF:
        print_json(contract_annotations.sarif(judged))
    else:
        told = contract_lint_told.github if form is Form.GITHUB else contract_lint_told.lines
        for line in told(judged, everything=everything):
            typer.echo(line)
    if any(found.level == "error" for one in judged for found in one.findings):
        raise typer.Exit(FAILED)


def _policy(named: str) -> "RuleSet":
    """Return the rule set of a file, which may extend others that lie beside it."""
    from governance.lint.reading import read_lint_ruleset
    from governance.lint.shipped import SHIPPED, shipped_text
    from rules.document import DocumentError

    def beside(name: str) -> str | None:
        file = Path(named).parent / name
        inside = file.resolve().is_relative_to(Path(named).parent.resolve())
        return shipped_text(name) or (file.read_text() if inside and file.is_file() else None)

    text = shipped_text(named) or (Path(named).read_text() if Path(named).is_file() else None)
    if text is None:
        known = ", ".join(f"controlplane:{one}" for one in SHIPPED)
        message = f"{named} is neither a rule file nor a shipped rule set ({known})"
        raise typer.BadParameter(message, param_hint="--policy")
    try:
        return read_lint_ruleset(text, beside)
    except DocumentError as error:
        typer.echo(f"{named}:{error.line}: {error.message}", err=True)
        raise typer.Exit(USAGE) from error


def _judged(filed: "Filed", ruleset: "RuleSet", domain: str) -> "Judged":
    from controlplane.cli.contract_gate import Judged, located
    from governance.contract.versions import CHECKS
    from governance.lint.linting import lint as held
    from governance.lint.ruleset import About

    found = [filed.problem] if filed.problem is not None else []
    if filed.artifact is not None:
        found = [one for one in CHECKS[filed.format](filed.artifact) if one.level == "error"]
    if filed.artifact is not None and not found:
        about = About(
            format=filed.format,
            subject=filed.subject,
            domain=filed.domain or domain,
            file=filed.file,
        )
        found = held(ruleset, filed.artifact, about)
    return Judged(
        name=filed.name,
        file=filed.file,
        format=filed.format,
        against="",
        verdict="compatible",
        findings=tuple(located(filed, one) for one in found if one is not None),
    )


LINTING = {"lint": lint}
