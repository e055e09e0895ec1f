"""`controlplane contracts check` and `diff`: a gate that needs no server, and one that asks it."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from controlplane.cli.reaching import FAILED, USAGE, AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json

if TYPE_CHECKING:
    from controlplane.cli.contract_files import Filed
    from controlplane.cli.contract_gate import Judged
    from controlplane.cli.contract_tree import Tree
    from governance.compatibility.comparison import Terms
    from governance.contract.catalogue import Compatibility


class Form(StrEnum):
    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


class Language(StrEnum):
    OPENAPI = "openapi"
    ASYNCAPI = "asyncapi"
    JSONSCHEMA = "jsonschema"
    AVRO = "avro"
    PROTOBUF = "protobuf"


class Mode(StrEnum):
    NONE = "none"
    BACKWARD = "backward"
    BACKWARD_TRANSITIVE = "backward_transitive"
    FORWARD = "forward"
    FORWARD_TRANSITIVE = "forward_transitive"
    FULL = "full"
    FULL_TRANSITIVE = "full_transitive"


class Reading(StrEnum):
    STRICT = "strict"
    LENIENT = "lenient"


As = Annotated[
    Language | None, typer.Option("--as", help="What the document is, when it does not say so.")
]
Modes = Annotated[
    Mode | None,
    typer.Option("--mode", help="Who must cope; default what contract.yaml says, else backward."),
]
PolicyOf = Annotated[
    Reading, typer.Option("--policy", help="lenient is what publishing holds a version to.")
]
Format = Annotated[Form, typer.Option("--format", help="How it is told.")]
All = Annotated[bool, typer.Option("--all", help="Tell what only informs, too.")]
_PUBLISHED = "what is published"


def check(  # noqa: PLR0913 - one flag, one argument
    path: Annotated[Path, typer.Argument(help="A document, or a folder of them.")],
    new: Annotated[
        Path | None, typer.Argument(help="The newer document; the first is then the older.")
    ] = None,
    *,
    against: Annotated[
        str | None, typer.Option("--against", help="A commit, a branch or a folder: what stands.")
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", help="Ask the server about its published versions.")
    ] = None,
    version: Annotated[
        str | None, typer.Option("--version", help="With --subject: the version that it will be.")
    ] = None,
    mode: Modes = None,
    policy: PolicyOf = Reading.LENIENT,
    as_: As = None,
    format_: Format = Form.TEXT,
    everything: All = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """
    Say whether contracts may go out; exit 1 when one may not, or could not be judged.

    OLD NEW compares two documents. PATH --against main compares a file or a folder with how it
    stands there; PATH --subject S with what the server has published. Only the last needs one.
    """
    _one_way(path, new, against, subject)
    form = Form.JSON if as_json else format_
    if subject is not None:
        judged = [_asked(path, subject, version, policy, as_, url, token)]
    elif new is not None and path.is_file() and new.is_file():
        judged = [_pair(path, new, mode, policy, as_)]
    else:
        judged = _tree(new or path, against or str(path), mode, policy, as_)
    _tell(judged, form, everything=everything)


def diff(  # noqa: PLR0913 - one flag, one argument
    old: Annotated[Path, typer.Argument(help="The older document.")],
    new: Annotated[Path, typer.Argument(help="The newer document.")],
    *,
    mode: Modes = None,
    policy: PolicyOf = Reading.STRICT,
    as_: As = None,
    format_: Format = Form.TEXT,
    as_json: AsJson = False,
) -> None:
    """Tell everything that changed between two documents or folders; exit 1 as `check` does."""
    if old.is_dir() and new.is_dir():
        judged = _tree(new, str(old), mode, policy, as_)
    else:
        judged = [_pair(old, new, mode, policy, as_)]
    _tell(judged, Form.JSON if as_json else format_, everything=True)


def _one_way(path: Path, new: Path | None, against: str | None, subject: str | None) -> None:
    ways = [one for one in (new, against, subject) if one is not None]
    if len(ways) != 1:
        raise typer.BadParameter(
            "say what it is held against, in one way: OLD NEW, PATH --against main (a commit or a "
            "folder), or PATH --subject S (what the server has published)"
        )
    for one in (path, new):
        if one is not None and not one.exists():
            raise typer.BadParameter(f"there is no {one}")
    if new is not None and path.is_dir() != new.is_dir():
        raise typer.BadParameter("OLD and NEW are two documents, or two folders")


def _pair(
    old: Path, new: Path, mode: Mode | None, policy: Reading, as_: Language | None
) -> "Judged":
    from controlplane.cli.contract_gate import judge_pair

    return judge_pair(_file(old, as_), _file(new, as_), terms=_terms(policy), mode=_mode(mode))


def _tree(
    path: Path, against: str, mode: Mode | None, policy: Reading, as_: Language | None
) -> "list[Judged]":
    from controlplane.cli.contract_gate import judge

    folder = path if path.is_dir() else path.parent
    older_tree, newer_tree = _trees(folder, against)
    newer, older = _contracts(newer_tree, folder), _contracts(older_tree, folder)
    if path.is_file() and not any(one.file == _shown(path) for one in newer):
        newer = [_file(path, as_)]
        content = older_tree.get(path.name)
        older = [] if content is None else [_named(path, content, as_)]
    if not newer and not older:
        typer.echo(
            f"{folder} holds no contract: a document says openapi:, asyncapi: or $schema, ends in "
            ".avsc, .proto or .schema.json, or stands beside a contract.yaml.",
            err=True,
        )
        raise typer.Exit(USAGE)
    judged = judge(newer, older, against=against, terms=_terms(policy), mode=_mode(mode))
    wanted = {_shown(path), _shown(folder)} if path.suffix == ".proto" else {_shown(path)}
    return judged if path.is_dir() else [one for one in judged if one.file in wanted]


def files_of(path: Path, as_: Language | None) -> "list[Filed]":
    """Return the contracts of a folder, or the one of a file, with the contract.yaml beside it."""
    from controlplane.cli.contract_tree import tree_of

    if not path.exists():
        raise typer.BadParameter(f"there is no {path}")
    folder = path if path.is_dir() else path.parent
    found = _contracts(tree_of(folder), folder)
    if path.is_dir():
        return found
    return [one for one in found if one.file == _shown(path)] or [_file(path, as_)]


def _trees(folder: Path, against: str) -> "tuple[Tree, Tree]":
    from controlplane.cli.contract_tree import TreeError, tree_at, tree_of

    try:
        standing = Path(against)
        older = tree_of(standing) if standing.is_dir() else tree_at(folder, against)
    except TreeError as error:
        raise typer.BadParameter(str(error), param_hint="--against") from error
    return older, tree_of(folder)


def _contracts(tree: "Tree", folder: Path) -> "list[Filed]":
    """Files are shown from where the command runs, as an annotation of a checkout needs them."""
    from controlplane.cli.contract_files import FilesError, contracts_in

    try:
        found = contracts_in(tree)
    except FilesError as error:
        raise typer.BadParameter(f"{folder}/{error}") from error
    return [msgspec.structs.replace(one, file=_shown(folder / one.file)) for one in found]


def _file(path: Path, as_: Language | None) -> "Filed":
    try:
        return _named(path, path.read_bytes(), as_)
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror}") from error


def _named(path: Path, content: bytes, as_: Language | None) -> "Filed":
    from controlplane.cli.contract_files import FilesError, contract_file

    try:
        return contract_file(_shown(path), content, as_)
    except FilesError as error:
        raise typer.BadParameter(str(error)) from error


def _shown(path: Path) -> str:
    whole, here = path.absolute(), Path.cwd()
    return (whole.relative_to(here) if whole.is_relative_to(here) else path).as_posix()


def _asked(  # noqa: PLR0913, PLR0917 - one flag, one argument
    path: Path,
    subject: str,
    version: str | None,
    policy: Reading,
    as_: Language | None,
    url: str | None,
    token: str | None,
) -> "Judged":
    from controlplane.cli.contract_files import media_type
    from controlplane.cli.contract_gate import Judged, located
    from governance.contract.finding import Finding

    if path.is_dir():
        raise typer.BadParameter("--subject is asked about one document")
    filed = _file(path, as_)
    given = {"policy": policy.value, **({"version": version} if version else {})}
    with reaching(url, token) as client:
        answer = answer_of(
            client.post(
                f"/v1/contracts/{subject}/check",
                content=filed.content,
                params=given,
                headers={"Content-Type": media_type(filed.file, filed.content)},
            )
        )
    return Judged(
        name=subject,
        file=filed.file,
        format=filed.format,
        against=_PUBLISHED,
        verdict=answer["verdict"],
        findings=tuple(
            located(filed, one) for one in msgspec.convert(answer["findings"], list[Finding])
        ),
    )


def _terms(policy: Reading) -> "Terms":
    from governance.compatibility.comparison import Terms

    return Terms(on=datetime.now(UTC).date(), policy=policy.value)


def _mode(mode: Mode | None) -> "Compatibility | None":
    return mode.value if mode is not None else None


def _tell(judged: "list[Judged]", form: Form, *, everything: bool) -> None:
    from controlplane.cli import contract_annotations, contract_told
    from controlplane.cli.contract_gate import stopped

    if form is Form.JSON:
        print_json(contract_annotations.plain(judged))
    elif form is Form.SARIF:
        print_json(contract_annotations.sarif(judged))
    elif form is Form.GITHUB:
        _echo(contract_annotations.github(judged))
    else:
        _echo(contract_told.lines(judged, everything=everything))
    if stopped(judged):
        raise typer.Exit(FAILED)


def _echo(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


CHECKING: dict[str, Callable[..., None]] = {"check": check, "diff": diff}
