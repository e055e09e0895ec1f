"""
Functions over the files of a Protobuf document together: packages, folders, messages of RPCs.

What a file is called is not known when one came alone; nothing is asked of its folder then.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import msgspec

from governance.contract.protobuf.document import ALONE
from governance.lint.function import Check, Faults
from governance.lint.node import Document, Node

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class _Alike(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files that have the same `by` have the same `of`: `package`, `directory`, or an option."""

    by: str
    of: str


class _Exchanged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    side: str
    suffix: str


def build_alike(given: Any) -> Check:
    options = msgspec.convert(given, _Alike)

    def check(_: Node, document: Document) -> Faults:
        first: dict[str, tuple[str, str]] = {}
        for n, file in _files(document):
            by, of = _said(file, options.by), _said(file, options.of)
            name, known = first.setdefault(by, (str(file["name"]), of))
            if by and known != of:
                yield f"{options.of} is {of!r}, and {known!r} in {name}", ("file", n)

    return check


def build_placed(_: Any) -> Check:
    """A file of package `a.b.v1` lies in the folder `a/b/v1`."""

    def check(_node: Node, document: Document) -> Faults:
        for n, file in _files(document):
            package, folder = str(file["package"]), _said(file, "directory")
            wanted = package.replace(".", "/")
            if package and file["name"] != ALONE and not f"/{folder}".endswith(f"/{wanted}"):
                yield f"package {package} lies in {wanted}, and this file in {folder}", ("file", n)

    return check


def build_ringless(_: Any) -> Check:
    """Packages do not import each other in a ring."""

    def check(_: Node, document: Document) -> Faults:
        files = list(_files(document))
        packages = {str(file["name"]): str(file["package"]) for _, file in files}
        leads: dict[str, set[str]] = {}
        for _n, file in files:
            found = {packages[one] for one in file["dependency"] if one in packages}
            leads.setdefault(str(file["package"]), set()).update(found - {file["package"]})
        ringed = {one for one, into in leads.items() if one in _reached(leads, into)}
        for n, file in files:
            package = str(file["package"])
            if package in ringed:
                yield f"package {package} imports itself by way of others", ("file", n)

    return check


def build_prefixed(_: Any) -> Check:
    """Values of an enumeration begin with its name, in upper case."""

    def check(node: Node, _: Document) -> Faults:
        enum = node.value if isinstance(node.value, dict) else {}
        prefix = f"{_WORDS.sub('_', str(enum.get('name', ''))).upper()}_"
        for position, value in enumerate(enum.get("value", ())):
            if not str(value["name"]).startswith(prefix):
                yield f"{value['name']!r} does not begin with {prefix}", ("value", position, "name")

    return check


def build_exchanged(given: Any) -> Check:
    """An RPC takes `BillRequest` or `BillingServiceBillRequest`, and returns likewise."""
    options = msgspec.convert(given, _Exchanged)

    def check(_: Node, document: Document) -> Faults:
        for path, one in _exchanged(document):
            name = str(one[options.side]).rpartition(".")[2]
            wanted = f"{one['rpc']}{options.suffix}"
            if name not in {wanted, f"{one['service']}{wanted}"}:
                yield f"{one['rpc']} exchanges {name}, which is not {wanted}", path

    return check


def build_exchanged_once(_: Any) -> Check:
    """No message is what two RPCs take or return."""

    def check(_: Node, document: Document) -> Faults:
        found = list(_exchanged(document))
        times = Counter(str(one[side]) for _, one in found for side in ("input", "output"))
        for path, one in found:
            for name in dict.fromkeys((str(one["input"]), str(one["output"]))):
                if times[name] > 1:
                    yield f"{name} is exchanged {times[name]} times", path

    return check


def _files(document: Document) -> Iterator[tuple[int, dict[str, Any]]]:
    root = document.root.value
    yield from enumerate(root.get("file", ()) if isinstance(root, dict) else ())


def _exchanged(document: Document) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Give each RPC with the path to it."""
    for n, file in _files(document):
        places = {
            (service["name"], method["name"]): ("file", n, "service", s, "method", m)
            for s, service in enumerate(file["service"])
            for m, method in enumerate(service["method"])
        }
        for one in file["exchanged"]:
            yield places[one["service"], one["rpc"]], one


def _said(file: dict[str, Any], what: str) -> str:
    if what == "directory":
        return "" if file["name"] == ALONE else str(PurePosixPath(str(file["name"])).parent)
    return str(file["package"] if what == "package" else file["options"].get(what, ""))


def _reached(leads: dict[str, set[str]], start: set[str]) -> set[str]:
    found, waiting = set[str](), list(start)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(leads.get(one, ()))
    return found
