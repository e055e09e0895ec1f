"""Packs that come with the program."""

import hashlib
from functools import cache
from pathlib import Path

from controlplane.pack.read import RULESET, Pack, read_pack, read_ruleset_file

_FOLDER = Path(__file__).parent.parent / "packs"


def shipped() -> list[Pack]:
    """Return every shipped pack, by name."""
    return [read_pack(file.parent) for file in sorted(_FOLDER.glob("*/pack.yaml"))]


def shipped_folder(name: str) -> Path | None:
    """Return the folder of the shipped pack *name*, None when there is none."""
    folder = _FOLDER / name
    return folder if (folder / "pack.yaml").is_file() else None


def shipped_author(text: str) -> str | None:
    """Return `pack:<name>` when *text* is, letter for letter, a rule set of a shipped pack."""
    return _authors().get(hashlib.sha256(text.encode()).hexdigest())


def shipped_artifact_author(artifact: bytes) -> str | None:
    """Return `pack:<name>` when *artifact* is, byte for byte, a contract of a shipped pack."""
    return _artifact_authors().get(hashlib.sha256(artifact).hexdigest())


@cache
def _authors() -> dict[str, str]:
    found = {}
    for file in sorted(_FOLDER.glob(f"*/rules/*/{RULESET}")):
        folder = file.parent.parent.parent
        text = read_ruleset_file(file, folder).text
        found[hashlib.sha256(text.encode()).hexdigest()] = f"pack:{folder.name}"
    return found


@cache
def _artifact_authors() -> dict[str, str]:
    return {
        hashlib.sha256(file.read_bytes()).hexdigest(): f"pack:{file.parents[2].name}"
        for file in sorted(_FOLDER.glob("*/contracts/*/*"))
        if file.name != "contract.yaml"
    }
