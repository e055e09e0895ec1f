"""
Which files of a tree are contracts, and of what.

A folder with a `contract.yaml` holds the versions of its subject, each a file named after its
version. The `.proto` files below one `buf.yaml` are one contract. Any other file is known by
what it says of itself, under its own path.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import msgspec

from controlplane.cli.contract_tree import Tree
from controlplane.pack.read import ContractFile
from governance.contract.artifact import Artifact, ArtifactError, read_artifact
from governance.contract.finding import Finding
from governance.version import SemanticVersion
from rules.document import DocumentError, read_document

CONTRACT = "contract.yaml"
BUF = "buf.yaml"
_SCHEMA = re.compile(r"json-schema\.org")
_SAYS = {
    "openapi": re.compile(r"""^\s*["']?(?:openapi|swagger)["']?\s*:""", re.MULTILINE),
    "asyncapi": re.compile(r"""^\s*["']?asyncapi["']?\s*:""", re.MULTILINE),
    "jsonschema": _SCHEMA,
}
_SUFFIXES = {".proto": "protobuf", ".avsc": "avro"}
_KEYWORDS = frozenset(
    {"type", "properties", "$ref", "allOf", "anyOf", "oneOf", "enum", "const", "items", "$defs"}
)


class FilesError(ValueError):
    """A file that is no contract, or whose format nobody can tell."""


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """
    One document. `name` pairs it with its older self; `file` is where it is written.

    `artifact` is None where `problem` says why it cannot be read. `subject`, `version` and
    `mode` are those of a folder with a `contract.yaml`.
    """

    name: str
    file: str
    format: str
    content: bytes = b""
    artifact: Artifact | None = None
    problem: Finding | None = None
    subject: str = ""
    version: str = ""
    mode: str = ""
    domain: str = ""


def contracts_in(tree: Tree) -> list[Filed]:
    """Return the contracts of *tree* by name; raise `FilesError` on an unreadable contract.yaml."""
    subjects = subjects_in(tree)
    versions = [
        _version(path, content, subjects[_above(path)])
        for path, content in tree.items()
        if _above(path) in subjects and PurePosixPath(path).name != CONTRACT
    ]
    others = {path: content for path, content in tree.items() if _above(path) not in subjects}
    alone = (
        _filed(path, path, content, format_)
        for path, content in others.items()
        if (format_ := told_format(path, content)) and format_ != "protobuf"
    )
    return sorted((*versions, *_protobuf(others), *alone), key=lambda one: one.name)


def subjects_in(tree: Tree) -> dict[str, ContractFile]:
    """Return what each `contract.yaml` says, by its folder; raise `FilesError`."""
    found = {}
    for path, content in tree.items():
        if PurePosixPath(path).name == CONTRACT:
            try:
                found[_above(path)] = read_document(content.decode(), ContractFile)
            except (DocumentError, UnicodeDecodeError) as error:
                raise FilesError(f"{path}: {error}") from error
    return found


def contract_file(file: str, content: bytes, format_: str | None = None) -> Filed:
    """Return the one document *content*, whatever its name; raise `FilesError` for no contract."""
    known = format_ or told_format(file, content, named=True)
    if known is None:
        raise FilesError(
            f"{file}: it does not say what it is (openapi:, asyncapi:, $schema). "
            "Name its format with --as, e.g. --as jsonschema."
        )
    return _filed(file, file, content, known)


def media_type(path: str, content: bytes = b"") -> str:
    """Return the media type under which *path* is read and sent."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == ".proto":
        return "text/x-protobuf"
    if suffix in {".yaml", ".yml"}:
        return "application/yaml"
    json = suffix in {".json", ".avsc"} or content.lstrip()[:1] in {b"{", b"["}
    return "application/json" if json else "application/yaml"


def told_format(path: str, content: bytes, *, named: bool = False) -> str | None:
    """Return what a file says it is; *named* files may be bare schemas."""
    by_suffix = _SUFFIXES.get(PurePosixPath(path).suffix.lower())
    if by_suffix is not None:
        return by_suffix
    try:
        data = read_artifact(content, media_type(path, content)).data
    except ArtifactError:
        text = content.decode("utf-8", errors="replace")
        return next((name for name, says in _SAYS.items() if says.search(text)), None)
    return _format_of(data, path, named=named)


def _format_of(data: Any, path: str, *, named: bool) -> str | None:
    if not isinstance(data, dict):
        return "jsonschema" if named and isinstance(data, bool) else None
    if "openapi" in data or "swagger" in data:
        return "openapi"
    if "asyncapi" in data:
        return "asyncapi"
    stem = PurePosixPath(path).stem
    schema = _SCHEMA.search(str(data.get("$schema", ""))) or stem.endswith(".schema")
    bare = named and not _KEYWORDS.isdisjoint(data)
    return "jsonschema" if schema or bare else None


def _version(path: str, content: bytes, contract: ContractFile) -> Filed:
    version = PurePosixPath(path).stem
    if SemanticVersion.parse(version) is None:
        raise FilesError(f"{path}: beside a {CONTRACT} a file is named as its version: 1.2.0.json")
    name = f"{contract.subject}@{version}"
    return msgspec.structs.replace(
        _filed(name, path, content, contract.format),
        subject=contract.subject,
        version=version,
        mode=contract.compatibility or "backward",
        domain=contract.domain or "",
    )


def _protobuf(tree: Tree) -> Iterator[Filed]:
    """Yield one document for each `buf.yaml`, and one for the files that lie below none."""
    roots = sorted((_above(one) for one in tree if PurePosixPath(one).name == BUF), key=len)
    groups: dict[str, dict[str, str]] = {}
    for path, content in tree.items():
        if PurePosixPath(path).suffix.lower() == ".proto" or PurePosixPath(path).name == BUF:
            root = next((one for one in reversed(roots) if _below(path, one)), "")
            local = path.removeprefix(f"{root}/")
            groups.setdefault(root, {})[local] = content.decode("utf-8", errors="replace")
    for root, texts in groups.items():
        if any(one.endswith(".proto") for one in texts):
            yield Filed(
                name=f"{root}/*.proto".removeprefix("/"),
                file=root,
                format="protobuf",
                artifact=Artifact(texts, dict),
            )


def _filed(name: str, file: str, content: bytes, format_: str) -> Filed:
    filed = Filed(name=name, file=file, format=format_, content=content)
    try:
        artifact = read_artifact(content, media_type(file, content))
    except ArtifactError as error:
        problem = Finding(
            id="unreadable",
            rule="unreadable",
            level="error",
            message=f"cannot be read: {error.message}",
            pointer=error.pointer,
            line=error.line,
        )
        return msgspec.structs.replace(filed, problem=problem)
    return msgspec.structs.replace(filed, artifact=artifact)


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def _below(path: str, root: str) -> bool:
    return not root or path.startswith(f"{root}/")
