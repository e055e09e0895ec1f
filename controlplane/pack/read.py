"""
A pack is a folder of governed documents, read into one value.

`pack.yaml` names it; `teams.yaml`, `calendars/`, `contracts/<subject>/`, `processes/`,
`systems/`, `slas/`, `rules/<ruleset>/`, `mappings/`, `reconciliations/`, `rates/`, `kpis/`,
`lint-policies/`, `routing.yaml` and `handling.yaml` are each optional. A rule stands in a file
of its own beside its set's `ruleset.yaml`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from rules.document import DocumentError, read_document, read_yaml
from rules.refusal import Problem

DOCUMENT_FOLDERS = {
    "calendars": "calendar",
    "systems": "system",
    "processes": "process",
    "slas": "sla",
}
LAST_FOLDERS = {
    "mappings": "mapping",
    "reconciliations": "reconciliation",
    "rates": "rates",
    "kpis": "kpi",
    "lint-policies": "lint",
}
_NAMED_BY = {"lint": "policy"}
"""The key under which a document names itself, where that is not its kind."""
ALONE = ("handling", "routing")
RULESET = "ruleset.yaml"
_INDENT = 2
_T = TypeVar("_T")


class PackError(ValueError):
    """A folder that is no readable pack; `problems` point at `file` in it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{one.pointer}: {one.detail}" for one in problems))
        self.problems = problems


class PackHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pack: str
    version: str
    title: str
    description: str = ""


class TeamsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    teams: list[dict[str, Any]]


class PackedConsumer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    system: str
    versions: str = "*"
    contact: str = ""
    uses: list[str] = []


class ContractFile(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What `POST /v1/contracts` takes, and who reads the contract."""

    subject: str
    kind: str
    format: str
    owner: str
    domain: str | None = None
    system: str | None = None
    title: str | None = None
    classification: str | None = None
    compatibility: str | None = None
    criticality: str | None = None
    residency: str | None = None
    consumers: list[PackedConsumer] = []

    @property
    def registration(self) -> dict[str, Any]:
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return {name: value for name, value in plain.items() if name != "consumers"}


class PackedVersion(msgspec.Struct, frozen=True, kw_only=True):
    version: str
    media_type: str
    artifact: bytes
    file: str


class PackedContract(msgspec.Struct, frozen=True, kw_only=True):
    contract: ContractFile
    versions: tuple[PackedVersion, ...]
    file: str


class PackedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """`text` is what is sent; `files` says for each first line of a part which file it is."""

    kind: str
    name: str
    version: str
    text: str
    files: tuple[tuple[int, str], ...]

    def place(self, line: int) -> tuple[str, int]:
        """Return the file, and the line in it, that *line* of `text` came from."""
        starts = [(start, file) for start, file in self.files if start <= max(line, 1)]
        start, file = starts[-1]
        return file, max(line, 1) - start + 1

    def indent(self, line: int) -> int:
        """Return how much further to the right *line* of `text` stands than in its own file."""
        first = len(self.files) > 1 and line < self.files[1][0]
        return 0 if first or len(self.files) == 1 else _INDENT

    def place_of(self, file: str) -> str:
        """Return the file of that name as `files` has it."""
        return next((one for _, one in self.files if Path(one).name == file), file)


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    head: PackHead
    teams: tuple[dict[str, Any], ...]
    contracts: tuple[PackedContract, ...]
    documents: tuple[PackedDocument, ...]

    def of_kind(self, kind: str) -> list[PackedDocument]:
        return [one for one in self.documents if one.kind == kind]


def read_pack(folder: Path) -> Pack:
    """Return the pack in *folder*; raise `PackError` where a file cannot be read at all."""
    head = _read(folder / "pack.yaml", folder, PackHead)
    teams = folder / "teams.yaml"
    return Pack(
        head=head,
        teams=tuple(_read(teams, folder, TeamsFile).teams) if teams.is_file() else (),
        contracts=tuple(_contracts(folder)),
        documents=tuple(_documents(folder)),
    )


def _contracts(folder: Path) -> Iterator[PackedContract]:
    for file in sorted(folder.glob("contracts/*/contract.yaml")):
        contract = _read(file, folder, ContractFile)
        versions = [_version(one, folder) for one in sorted(file.parent.iterdir()) if one != file]
        yield PackedContract(
            contract=contract,
            versions=tuple(sorted(versions, key=lambda one: _number(one.version))),
            file=_name(file, folder),
        )


def _version(file: Path, folder: Path) -> PackedVersion:
    media_type = "application/json" if file.suffix == ".json" else "application/yaml"
    return PackedVersion(
        version=file.name.removesuffix(file.suffix),
        media_type=media_type,
        artifact=file.read_bytes(),
        file=_name(file, folder),
    )


def _documents(folder: Path) -> Iterator[PackedDocument]:
    for sub, kind in DOCUMENT_FOLDERS.items():
        yield from (_document(one, folder, kind) for one in sorted(folder.glob(f"{sub}/*.yaml")))
    for file in sorted(folder.glob(f"rules/*/{RULESET}")):
        yield read_ruleset_file(file, folder)
    for sub, kind in LAST_FOLDERS.items():
        yield from (_document(one, folder, kind) for one in sorted(folder.glob(f"{sub}/*.yaml")))
    for kind in ALONE:
        file = folder / f"{kind}.yaml"
        if file.is_file():
            yield _document(file, folder, kind)


def _document(file: Path, folder: Path, kind: str) -> PackedDocument:
    text = _text(file, folder)
    return _named(text, kind, ((1, _name(file, folder)),))


def read_ruleset_file(file: Path, folder: Path) -> PackedDocument:
    """Join the head of a rule set and the files beside it, each rule one item of the list."""
    parts = [*_text(file, folder).rstrip().splitlines(), "rules:"]
    files = [(1, _name(file, folder))]
    for rule in sorted(one for one in file.parent.glob("*.yaml") if one != file):
        files.append((len(parts) + 1, _name(rule, folder)))
        lines = _text(rule, folder).rstrip().splitlines()
        parts += [f"{'  ' if number else '- '}{line}" for number, line in enumerate(lines)]
    return _named("\n".join(parts) + "\n", "ruleset", tuple(files))


def _named(text: str, kind: str, files: tuple[tuple[int, str], ...]) -> PackedDocument:
    """Let only the name and the version be read here; the kind's own reader judges the rest."""
    try:
        data, _ = read_yaml(text)
    except DocumentError as error:
        nameless = PackedDocument(kind=kind, name="", version="", text=text, files=files)
        file, line = nameless.place(error.line)
        raise _unreadable(file, f"line {line}: {error.message}") from error
    names = data if isinstance(data, dict) else {}
    key = _NAMED_BY.get(kind, kind)
    name, version = names.get(key), names.get("version")
    if not isinstance(name, str) or not isinstance(version, str):
        raise _unreadable(files[0][1], f"a {kind} names itself: `{key}: …` and `version: …`")
    return PackedDocument(kind=kind, name=name, version=version, text=text, files=files)


def _read(file: Path, folder: Path, type_: type[_T]) -> _T:
    try:
        return read_document(_text(file, folder), type_)
    except DocumentError as error:
        raise _unreadable(_name(file, folder), str(error)) from error


def _text(file: Path, folder: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(_name(file, folder), f"cannot be read: {error}") from error


def _name(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix()


def _number(version: str) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else 0, part) for part in version.split(".")]


def _unreadable(file: str, detail: str) -> PackError:
    return PackError((Problem(pointer=file, detail=detail),))
