"""What is wrong with a process model, and where in its document."""

import re
from collections.abc import Iterable, Iterator

import msgspec

KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """`pointer` is a JSON Pointer into the document."""

    pointer: str
    message: str


def kebab(pointer: str, name: str) -> Iterator[Flaw]:
    if not KEBAB.fullmatch(name):
        yield Flaw(pointer=pointer, message=f"{name!r} is no kebab-case name such as quote-to-cash")


def twice(pointer: str, noun: str, names: list[str]) -> Iterator[Flaw]:
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Flaw(pointer=f"{pointer}/{place}", message=f"the {noun} {name!r} stands twice")


def known(pointer: str, noun: str, name: str, those: Iterable[str]) -> Iterator[Flaw]:
    listed = list(those)
    if name not in listed:
        told = ", ".join(listed) or "none"
        yield Flaw(pointer=pointer, message=f"there is no {noun} {name!r}; there are: {told}")
