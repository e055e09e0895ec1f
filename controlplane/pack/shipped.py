"""Packs that come with the program."""

from pathlib import Path

from controlplane.pack.read import Pack, read_pack

_FOLDER = Path(__file__).parent.parent / "packs"


def shipped() -> list[Pack]:
    """Return every shipped pack, by name."""
    return [read_pack(file.parent) for file in sorted(_FOLDER.glob("*/pack.yaml"))]


def shipped_folder(name: str) -> Path | None:
    """Return the folder of the shipped pack *name*, None when there is none."""
    folder = _FOLDER / name
    return folder if (folder / "pack.yaml").is_file() else None
