"""
A Protobuf document: the files of a schema, each by its path, and a `buf.yaml` where one lies.

At most 8 MiB and 2,000 files. Imports are found in the document or among the files that come
with every compiler: nothing is fetched.
"""

from collections.abc import Mapping

import msgspec

from governance.contract.artifact import ArtifactError, Json, read_artifact
from governance.contract.protobuf.linking import link
from governance.contract.protobuf.parsing import parse
from governance.contract.protobuf.schema import Fault, Schema
from governance.contract.protobuf.syntax import File
from governance.contract.protobuf.tokens import ProtobufError

MAX_BYTES = 8 * 1024 * 1024
MAX_FILES = 2_000
SETTINGS = "buf.yaml"
ALONE = "schema.proto"
"""The path of a file that came without one."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """`unread`: why it cannot be judged at all; `settings`: what `buf.yaml` says, if anything."""

    schema: Schema
    settings: Json = None
    unread: tuple[Fault, ...] = ()


def read_document(data: Json) -> Document:
    """Return the files of *data*, put together."""
    sources = {ALONE: data} if isinstance(data, str) else data
    refused = _refused(sources)
    if refused:
        return _unread(refused)
    try:
        settings = _settings(sources)
    except ArtifactError as error:
        return _unread(_fault(SETTINGS, error.line, error.message))
    files: dict[str, File] = {}
    unread: list[Fault] = []
    for path, text in _rooted(sources, settings).items():
        try:
            files[path] = parse(path, text)
        except ProtobufError as error:
            unread.append(_fault(path, error.line, error.message))
    return Document(schema=link(files), settings=settings, unread=tuple(unread))


def _refused(sources: Json) -> Fault | None:
    if not isinstance(sources, dict) or not all(isinstance(s, str) for s in sources.values()):
        return _fault("", 0, 'a Protobuf document is a text or {"path.proto": "text"}')
    if not any(path.endswith(".proto") for path in sources):
        return _fault("", 0, "no file of the document ends in .proto")
    if len(sources) > MAX_FILES:
        return _fault("", 0, f"more than {MAX_FILES:,} files")
    if sum(map(len, sources.values())) > MAX_BYTES:
        return _fault("", 0, f"the files are larger than {MAX_BYTES // 1024 // 1024} MiB")
    return None


def _settings(sources: Mapping[str, str]) -> Json:
    text = sources.get(SETTINGS)
    return None if text is None else read_artifact(text.encode(), "application/yaml").data


def _rooted(sources: Mapping[str, str], settings: Json) -> dict[str, str]:
    """Return the files by the paths they are imported by, below the folders of `buf.yaml`."""
    roots = [f"{root.strip('/')}/" for root in _roots(settings) if root.strip("/.")]
    found: dict[str, str] = {}
    for path, text in sources.items():
        if path.endswith(".proto"):
            root = next((one for one in roots if path.startswith(one)), "")
            found[path.removeprefix(root)] = text
    return found


def _roots(settings: Json) -> list[str]:
    """Return `build.roots` of buf's first version or the paths of `modules` of its last."""
    said = settings if isinstance(settings, dict) else {}
    build, modules = said.get("build"), said.get("modules")
    roots = build.get("roots") if isinstance(build, dict) else None
    paths = (
        [one.get("path") for one in modules or () if isinstance(one, dict)]
        if isinstance(modules, list)
        else []
    )
    return [
        one for one in (*(roots if isinstance(roots, list) else ()), *paths) if isinstance(one, str)
    ]


def _unread(fault: Fault) -> Document:
    return Document(schema=link({}), unread=(fault,))


def _fault(path: str, line: int, message: str) -> Fault:
    return Fault(rule="protobuf-unreadable", path=path, line=line, about="", message=message)
