"""Which imports a file needs: those whose types or options it names, by themselves or publicly."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from governance.contract.protobuf.schema import Schema
from governance.contract.protobuf.syntax import Enum, File, Message, Node
from governance.contract.protobuf.wellknown import WELL_KNOWN

_META = {
    "confluent/meta.proto": {
        f"confluent.{one}_meta" for one in ("file", "message", "field", "enum", "enum_value")
    }
}
_FEATURES = "_features.proto"


class Needs:
    """What each file of *schema* names, and what each has, found once."""

    def __init__(self, schema: Schema) -> None:
        self._files = schema.files
        self._named: dict[str, set[str]] = defaultdict(set)
        self._has: dict[str, set[str]] = defaultdict(set)
        self._extends: dict[str, set[str]] = defaultdict(set)
        for message in schema.messages.values():
            self._has[message.file.name].add(message.full_name)
            fields = message.fields.values()
            self._named[message.file.name].update(one.type_name for one in fields)
        for enum in schema.enums.values():
            self._has[enum.file.name].add(enum.full_name)
        for extension in schema.extensions.values():
            self._extends[extension.file.name].add(extension.full_name)
            self._named[extension.file.name].update((extension.holder, extension.type_name))
        for service in schema.services.values():
            for method in service.methods.values():
                self._named[service.file.name].update((method.request, method.response))

    def unused(self, file: File) -> list[str]:
        """Return the paths that *file* imports and names nothing of, in its order."""
        options = set(_options(file))
        return [
            one.path
            for one in file.imports
            if one.modifier != "public"
            and not self._used(one.path, self._named[file.name], options)
        ]

    def _used(self, path: str, named: set[str], options: set[str]) -> bool:
        found, waiting = {path}, [path]
        while waiting:
            one = waiting.pop()
            if self._gives(one, named, options):
                return True
            file = self._files.get(one)
            imports = file.imports if file else ()
            public = {each.path for each in imports if each.modifier == "public"} - found
            waiting.extend(public)
            found |= public
        return False

    def _gives(self, path: str, named: set[str], options: set[str]) -> bool:
        if path not in self._files:
            own, extends = set(WELL_KNOWN.get(path, ())), _META.get(path, set())
        else:
            own, extends = self._has[path], self._extends[path]
        if not named.isdisjoint(own) or (path.endswith(_FEATURES) and "pb" in options):
            return True
        return any(_ends(name, options) for name in extends)


def _options(file: File) -> Iterator[str]:
    """Give the names in brackets of every option: `acme.owner` of `(acme.owner).team`."""
    for node in _nodes(file):
        for option in node.options:
            names = [part.partition(")")[0] for part in option.name.split("(")[1:]]
            yield from names
            if any(name.startswith("pb.") for name in names):
                yield "pb"


def _nodes(file: File) -> Iterator[Node]:
    yield file
    yield from (field for extend in file.extends for field in extend.fields)
    yield from _inside(file.messages, file.enums)
    for service in file.services:
        yield from (service, *service.methods)


def _inside(messages: Iterable[Message], enums: Iterable[Enum]) -> Iterator[Node]:
    for enum in enums:
        yield from (enum, *enum.values)
    for message in messages:
        yield from (message, *message.fields, *message.oneofs)
        yield from (field for extend in message.extends for field in extend.fields)
        yield from _inside(message.messages, message.enums)


def _ends(name: str, options: set[str]) -> bool:
    """Say whether some option is called *name*, in full or without what stands around it."""
    while name:
        if name in options:
            return True
        name = name.partition(".")[2]
    return False
