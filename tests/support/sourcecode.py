"""The program's own source, as values that the architecture tests ask questions of."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGES = ("controlplane", "rules", "governance", "observability", "ui")


class Module(NamedTuple):
    path: Path
    text: str
    tree: ast.Module

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


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Return every Python file below *folders*, the five packages by default."""
    found = []
    for folder in folders or PACKAGES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text()
            found.append(Module(path, text, ast.parse(text)))
    return tuple(found)


def calls(module: Module, *names: str) -> list[int]:
    """Return the lines of *module* on which one of *names* (such as `datetime.now`) is called."""
    return [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names
    ]
