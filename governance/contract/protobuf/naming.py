"""
Which name means what: the names of all files, and who can see them from where.

A name is looked for from the innermost scope outwards by its first part, as compilers do.
"""

from collections.abc import Iterable, Iterator

from governance.contract.protobuf.schema import Fault, entry_name
from governance.contract.protobuf.syntax import Enum, File, Message, Node
from governance.contract.protobuf.wellknown import WELL_KNOWN, packages

_TYPES = frozenset({"message", "enum"})


class Names:
    def __init__(self, files: dict[str, File]) -> None:
        self.faults: list[Fault] = []
        self._files = files
        self._kinds: dict[str, tuple[str, str]] = {}  # full name → kind, path
        self._packages: dict[str, set[str]] = {}  # each package and those around it → paths
        self._public: dict[str, frozenset[str]] = {}
        self._seen: dict[str, frozenset[str]] = {}
        self._found: dict[tuple[str, str, str], tuple[str, str] | None] = {}
        for path in {one.path for file in files.values() for one in file.imports} - files.keys():
            self._well_known(path)
        for file in files.values():
            self._file(file)

    def resolve(self, path: str, scope: str, name: str) -> tuple[str, str] | None:
        """Return the full name and kind of the type that *name* means; None when there is none."""
        key = (path, scope, name)
        if key not in self._found:
            self._found[key] = self._resolve(path, scope, name)
        return self._found[key]

    def elsewhere(self, scope: str, name: str) -> str:
        """Return the path of a file that has *name*, though it cannot be seen from there."""
        scopes = [""] if name.startswith(".") else _scopes(scope)
        found = (self._kinds.get(f"{around}{name.removeprefix('.')}") for around in scopes)
        return next((path for kind, path in filter(None, found) if kind in _TYPES), "")

    def _resolve(self, path: str, scope: str, name: str) -> tuple[str, str] | None:
        if name.startswith("."):
            return self._type(path, name[1:])
        first, dot, rest = name.partition(".")
        for around in _scopes(scope):
            full = f"{around}{first}"
            if not dot:
                found = self._type(path, full)
                if found:
                    return found
            elif self._holds(path, full):
                return self._type(path, f"{full}.{rest}")
        return None

    def _type(self, path: str, full: str) -> tuple[str, str] | None:
        kind, where = self._kinds.get(full, ("", ""))
        return (full, kind) if kind in _TYPES and where in self.seen(path) else None

    def _holds(self, path: str, full: str) -> bool:
        """Say whether *full* is something that can have names of its own."""
        return self._type(path, full) is not None or not self._packages.get(full, set()).isdisjoint(
            self.seen(path)
        )

    def seen(self, path: str) -> frozenset[str]:
        """Return the files whose names can be used in *path*."""
        if path not in self._seen:
            imported = [one.path for one in self._files[path].imports]
            self._seen[path] = frozenset({path}).union(*map(self._exposed, imported))
        return self._seen[path]

    def _exposed(self, path: str) -> frozenset[str]:
        """Return *path* and what it imports publicly, however far."""
        if path not in self._public:
            found, waiting = {path}, [path]
            while waiting:
                file = self._files.get(waiting.pop())
                public = (
                    (one.path for one in file.imports if one.modifier == "public") if file else ()
                )
                new = set(public) - found
                found |= new
                waiting.extend(new)
            self._public[path] = frozenset(found)
        return self._public[path]

    def _well_known(self, path: str) -> None:
        if path in WELL_KNOWN:
            self._kinds |= {name: (kind, path) for name, kind in WELL_KNOWN[path].items()}
            for package in packages(path):
                self._packages.setdefault(package, set()).add(path)

    def _file(self, file: File) -> None:
        scope = file.package
        while scope:
            self._packages.setdefault(scope, set()).add(file.name)
            scope = scope.rpartition(".")[0]
        top = f"{file.package}." if file.package else ""
        for message in file.messages:
            self._message(file, top, message)
        for enum in file.enums:
            self._enum(file, top, enum)
        for service in file.services:
            self._add(file, top, service, "service")
            for method in service.methods:
                self._add(file, f"{top}{service.name}.", method, "RPC")
        for extend in file.extends:
            self._all(file, top, extend.fields, "extension")

    def _message(self, file: File, around: str, message: Message) -> None:
        self._add(file, around, message, "message")
        within = f"{around}{message.name}."
        self._all(file, within, message.fields, "field")
        self._all(file, within, message.oneofs, "oneof")
        for field in message.fields:
            if field.key:
                entry = Node(name=entry_name(field.name), line=field.line)
                self._add(file, within, entry, "entry of a map")
        for nested in message.messages:
            self._message(file, within, nested)
        for enum in message.enums:
            self._enum(file, within, enum)
        for extend in message.extends:
            self._all(file, within, extend.fields, "extension")

    def _enum(self, file: File, around: str, enum: Enum) -> None:
        self._add(file, around, enum, "enum")
        self._all(file, around, enum.values, "enum value")

    def _all(self, file: File, around: str, nodes: Iterable[Node], kind: str) -> None:
        for node in nodes:
            self._add(file, around, node, kind)

    def _add(self, file: File, around: str, node: Node, kind: str) -> None:
        full = f"{around}{node.name}"
        known = self._kinds.get(full)
        if known is None:
            self._kinds[full] = (kind, file.name)
            return
        where = "" if known[1] == file.name else f" in {known[1]}"
        message = f"{full} is the name of another {known[0]}{where} already"
        self.faults.append(
            Fault(rule="name-taken", path=file.name, line=node.line, about=full, message=message)
        )


def _scopes(scope: str) -> Iterator[str]:
    """Give each scope from *scope* outwards, with the dot behind it."""
    while scope:
        yield f"{scope}."
        scope = scope.rpartition(".")[0]
    yield ""
