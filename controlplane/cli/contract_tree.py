"""
The files of a folder, as they lie there or as a commit has them.

Only what may be a contract is read, and hidden folders are passed over. Git is asked for the
bytes it keeps: neither the working tree nor `export-ignore` changes what is compared.
"""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TypeAlias

Tree: TypeAlias = Mapping[str, bytes]
"""What stands in each file, by its path below the folder with slashes."""
SUFFIXES = frozenset({".json", ".yaml", ".yml", ".avsc", ".proto"})
_PASSED_OVER = frozenset({"node_modules", "__pycache__"})


class TreeError(ValueError):
    """A folder or a commit that cannot be read; the message says what to do."""


def tree_of(folder: Path) -> Tree:
    """Return the files that lie in *folder* and below."""
    found = sorted(one for one in folder.rglob("*") if one.is_file())
    names = {one.relative_to(folder).as_posix(): one for one in found}
    return {name: one.read_bytes() for name, one in names.items() if _wanted(name)}


def tree_at(folder: Path, reference: str) -> Tree:
    """Return the files of *folder* in the commit that *reference* names; raise `TreeError`."""
    try:
        _git(folder, "rev-parse", "--git-dir")
    except TreeError as error:
        message = f"{reference} is no folder, and {folder} lies in no git checkout"
        raise TreeError(message) from error
    try:
        commit = _git(
            folder, "rev-parse", "--verify", "--end-of-options", f"{reference}^{{commit}}"
        )
    except TreeError as error:
        raise TreeError(
            f"{reference} is neither a folder nor a commit that this checkout has. A shallow clone "
            "lacks other branches: `git fetch origin main`, or actions/checkout with "
            "`fetch-depth: 0`."
        ) from error
    listed = _git(folder, "ls-tree", "-r", "-z", commit.decode().strip())
    entries = [one.partition("\t") for one in listed.decode().split("\0") if one]
    wanted = {
        name: about.split()[2]
        for about, _, name in entries
        if _wanted(name) and about.split()[1] == "blob"
    }
    asked = "".join(f"{digest}\n" for digest in wanted.values()).encode()
    blobs = _blobs(_git(folder, "cat-file", "--batch", given=asked))
    return dict(zip(wanted, blobs, strict=True))


def _wanted(name: str) -> bool:
    path = PurePosixPath(name)
    above = path.parts[:-1]
    hidden = any(one.startswith(".") or one in _PASSED_OVER for one in above)
    return path.suffix.lower() in SUFFIXES and not hidden


def _blobs(batch: bytes) -> Iterator[bytes]:
    """Yield what `git cat-file --batch` answers: a line with the size, the bytes, a line's end."""
    at = 0
    while at < len(batch):
        end = batch.index(b"\n", at)
        size = int(batch[at:end].split()[2])
        yield batch[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _git(folder: Path, *words: str, given: bytes = b"") -> bytes:
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False)  # noqa: S603
    except FileNotFoundError as error:
        raise TreeError("git is not installed; compare with a folder instead") from error
    if done.returncode:
        raise TreeError(done.stderr.decode(errors="replace").strip())
    return done.stdout
