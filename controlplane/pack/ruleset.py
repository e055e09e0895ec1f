"""
A rule set where its author works on it: in a pack, in a folder of a pack, or in one file.

What its facts are is what the pack promises that it stands in, or that is named beside it.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from controlplane.facttypes import fact_types
from controlplane.pack.check import contracts_of
from controlplane.pack.read import (
    RULESET,
    Pack,
    PackedDocument,
    PackError,
    read_pack,
    read_ruleset_file,
)
from controlplane.pack.shipped import shipped_folder
from observability.model.coherence import read_model
from rules.analysis.examining import Examination, examine
from rules.calendar import BusinessCalendar, read_calendar
from rules.document import DocumentError
from rules.fact import FactType
from rules.language import read_ruleset
from rules.refusal import Problem

_T = TypeVar("_T")


class NowhereError(LookupError):
    """There is no rule set, or no pack that says what its facts are."""


class Workplace(msgspec.Struct, frozen=True, kw_only=True):
    """Rule sets as documents, each to be examined; `only` is the file that was asked about."""

    documents: tuple[PackedDocument, ...]
    pack: Pack | None
    only: str | None = None


def find(path: Path, pack: Path | None = None, *, packless: bool = False) -> Workplace:
    """
    Return the rule sets at *path*; raise `NowhereError`, or `PackError` at an unreadable file.

    Without *packless* there must be a *pack*, or one that *path* stands in.
    """
    folder = _found(path)
    home = _pack_of(folder if pack is None else _found(pack))
    if home is None and not packless:
        raise NowhereError(f"{path} stands in no pack; name one that has its facts with --pack")
    if folder == home:
        read = read_pack(home)
        return Workplace(documents=tuple(read.of_kind("ruleset")), pack=read)
    document = _document(folder, home)
    only = document.place_of(folder.name) if folder.is_file() else None
    return Workplace(
        documents=(document,), pack=read_pack(home) if home is not None else None, only=only
    )


def _found(path: Path) -> Path:
    """Return the folder or file at *path*, or the shipped pack of that name."""
    folder = path if path.exists() else shipped_folder(str(path))
    if folder is None:
        raise NowhereError(f"{path} is neither there nor a shipped pack")
    return folder.resolve()


def _pack_of(path: Path) -> Path | None:
    return next((one for one in (path, *path.parents) if (one / "pack.yaml").is_file()), None)


def _document(path: Path, home: Path | None) -> PackedDocument:
    folder = path if path.is_dir() else path.parent
    root = home if home is not None and folder.is_relative_to(home) else folder
    if (folder / RULESET).is_file():
        return read_ruleset_file(folder / RULESET, root)
    if path.is_file():
        text = path.read_text(encoding="utf-8")
        files = ((1, path.name),)
        return PackedDocument(kind="ruleset", name="", version="", text=text, files=files)
    raise NowhereError(f"there is no {RULESET} in {path}")


def examine_document(document: PackedDocument, pack: Pack) -> Examination:
    """Return what is to be said of one rule set among the facts that *pack* promises."""
    try:
        ruleset = read_ruleset(document.text)
    except DocumentError as error:
        problem = Problem(
            pointer=error.pointer, detail=error.message, line=error.line, column=error.column
        )
        return Examination(ruleset=document.name, version=document.version, problems=(problem,))
    types = _types(pack).get(ruleset.process)
    if types is None:
        known = ", ".join(sorted(_types(pack))) or "none"
        detail = f"there is no process {ruleset.process!r}; known are {known}"
        problem = Problem(pointer="/process", detail=detail, line=1)
        return Examination(ruleset=ruleset.ruleset, version=ruleset.version, problems=(problem,))
    return examine(ruleset, types, _calendars(pack))


def _types(pack: Pack) -> dict[str, dict[str, FactType]]:
    models = [_read(one, read_model) for one in pack.of_kind("process")]
    return {one.process: fact_types(one, contracts_of(pack)) for one in models}


def _calendars(pack: Pack) -> Mapping[str, BusinessCalendar]:
    found = (_read(one, read_calendar) for one in pack.of_kind("calendar"))
    return {one.calendar: BusinessCalendar(one) for one in found}


def _read(document: PackedDocument, read: Callable[[str], _T]) -> _T:
    try:
        return read(document.text)
    except DocumentError as error:
        file, line = document.place(error.line)
        raise PackError((Problem(pointer=file, detail=error.message, line=line),)) from error
