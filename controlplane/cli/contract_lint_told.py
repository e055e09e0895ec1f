"""What linting found, told to people, to scripts and to GitHub."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from controlplane.cli import contract_annotations
from controlplane.cli.contract_gate import Judged, Located

_LEVELS = ("error", "warning", "info")
_GITHUB = {"warning": "warning", "info": "notice"}


def lines(judged: Sequence[Judged], *, everything: bool = False) -> Iterator[str]:
    """Yield a line for each finding under its document; *everything*: what only informs, too."""
    for one in judged:
        shown = _shown(one, everything=everything)
        if shown:
            yield one.name
            yield from (_line(found) for found in shown)
            yield ""
    yield _summary(judged, everything=everything)


def github(judged: Sequence[Judged], *, everything: bool = False) -> Iterator[str]:
    """Yield a workflow command for each finding."""
    for one in judged:
        for found in _shown(one, everything=everything):
            yield contract_annotations.command(
                _GITHUB.get(found.level, "error"), found, f"{one.name}: {found.rule}", found.message
            )
    yield _summary(judged, everything=everything)


def plain(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return every document with its findings."""
    wanted = ("name", "file", "format", "findings")
    return {
        "contracts": [
            {name: msgspec.to_builtins(getattr(one, name)) for name in wanted} for one in judged
        ]
    }


def _shown(judged: Judged, *, everything: bool) -> list[Located]:
    found = [one for one in judged.findings if everything or one.level != "info"]
    return sorted(found, key=lambda one: (one.file, one.line, one.rule))


def _line(one: Located) -> str:
    place = f"{one.file}:{one.line}" if one.line else one.file
    return f"  {place}  {one.level:<7}  {one.message}  [{one.rule}]"


def _summary(judged: Sequence[Judged], *, everything: bool) -> str:
    levels = [found.level for one in judged for found in one.findings]
    counts = [f"{levels.count(one)} {one}" for one in _LEVELS if one in levels]
    noun = "contract" if len(judged) == 1 else "contracts"
    hidden = "; --all shows what only informs" if "info" in levels and not everything else ""
    return f"{len(judged)} {noun} linted: {', '.join(counts) or 'nothing is wrong'}{hidden}"
