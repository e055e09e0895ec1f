"""What files import: missing ones and rings of them."""

from collections.abc import Iterator, Mapping

from governance.contract.protobuf.schema import Fault
from governance.contract.protobuf.syntax import File, Import
from governance.contract.protobuf.wellknown import WELL_KNOWN


def import_faults(files: Mapping[str, File]) -> list[Fault]:
    return [*_missing(files), *_rings(files)]


def _missing(files: Mapping[str, File]) -> Iterator[Fault]:
    for file in files.values():
        for one in file.imports:
            if one.path not in files and one.path not in WELL_KNOWN:
                message = f"{one.path} is imported and is not here; add it to the document"
                yield _fault("import-missing", file, one, message)


def _rings(files: Mapping[str, File]) -> Iterator[Fault]:
    """Give a fault for each import that leads back to where the walk came from."""
    done: set[str] = set()
    for start in files:
        if start in done:
            continue
        way: dict[str, None] = {start: None}
        waiting = [(start, iter(files[start].imports))]
        while waiting:
            path, imports = waiting[-1]
            one = next(imports, None)
            if one is None:
                waiting.pop()
                way.pop(path)
                done.add(path)
            elif one.path in way:
                ring = list(way)[list(way).index(one.path) :]
                message = f"the imports lead in a ring: {' → '.join([*ring, one.path])}"
                yield _fault("import-ring", files[path], one, message)
            elif one.path in files and one.path not in done:
                way[one.path] = None
                waiting.append((one.path, iter(files[one.path].imports)))


def _fault(rule: str, file: File, one: Import, message: str) -> Fault:
    return Fault(rule=rule, path=file.name, line=one.line, about=one.path, message=message)
