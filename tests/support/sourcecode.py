"""The program's own source, as values that the architecture tests ask questions of."""

import ast
from collections.abc import Iterator
from functools import cache, cached_property
from itertools import chain
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
PACKAGES = ("controlplane", "rules", "governance", "observability", "ui")


class Module(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A file; it is parsed once, when something is asked that its text does not say."""

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        """The file's path from the root, with slashes."""
        return self.path.relative_to(ROOT).as_posix()

    def imports(self) -> Iterator[tuple[str, str]]:
        """Yield (module, name) of every import; the name is empty for `import module`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, "") for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node.module, alias.name) for alias in node.names)

    def imports_from(self, distribution: str) -> set[str]:
        """Return the names that come from *distribution*: `module.name`, or `module` alone."""
        return {
            f"{module}.{name}".rstrip(".")
            for module, name in self.imports()
            if module.partition(".")[0] == distribution
        }


def modules(*folders: str) -> tuple[Module, ...]:
    """Return every Python file below *folders*, the five packages by default."""
    return tuple(chain.from_iterable(map(_below, folders or PACKAGES)))


@cache
def _below(folder: str) -> tuple[Module, ...]:
    paths = sorted((ROOT / folder).rglob("*.py"))
    return tuple(Module(path=path, text=path.read_text()) for path in paths)


def calls(module: Module, *names: str) -> list[int]:
    """Return the lines of *module* on which one of *names* (such as `datetime.now`) is called."""
    return [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names
    ]
