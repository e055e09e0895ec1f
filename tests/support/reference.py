"""
The generated parts of docs/reference: settings, commands and routes as the program has them.

`python tests/support/reference.py` writes them; a test compares.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # as a script it stands outside the program

from commandline import commands
from injecting import faults

from controlplane.api.routes import ROUTES
from controlplane.settings import documented

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
_PART = re.compile(r"(<!-- generated -->\n).*?(<!-- end -->)", re.DOTALL)


def configuration() -> str:
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    rows += [
        f"| `{one.variable}` | {f'`{one.default}`' if one.default else ''} | {one.meaning} |"
        for one in documented()
    ]
    return "\n".join(rows)


def cli() -> str:
    return "\n\n".join(_command(name, command) for name, command in commands())


def api() -> str:
    rows = ["| call | asks for | does |", "|---|---|---|"]
    for handlers, role in ROUTES:
        for one in handlers:
            path = re.sub(r":str", "", min(one.paths))
            needed = one.opt.get("role", role)
            said = " ".join((one.fn.__doc__ or "").split("\n\n")[0].split())
            rows.append(
                f"| `{min(one.http_methods)} {path}` | {needed.value if needed else ''} | {said} |"
            )
    return "\n".join(rows)


PAGES: dict[str, Callable[[], str]] = {
    "configuration.md": configuration,
    "cli.md": cli,
    "api.md": api,
    "faults.md": faults,
}


def renewed(page: str) -> str:
    """Return the text of *page* with its generated part as it should be."""
    text = (FOLDER / page).read_text()
    part = PAGES[page]()
    return _PART.sub(lambda found: f"{found[1]}{part}\n{found[2]}", text)


def _command(name: str, command: Any) -> str:
    options = [one for one in command.params if one.param_type_name == "option"]
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    called = " ".join([name, *((one.metavar or one.name.strip("_")).upper() for one in arguments)])
    lines = [f"### `controlplane {called}`", "", " ".join((command.help or "").split()), ""]
    shown = [one for one in options if one.name != "help"]
    if shown:
        lines += ["| flag | variable | meaning |", "|---|---|---|"]
        lines += [_flag(name, one) for one in shown]
    return "\n".join(lines).rstrip()


def _flag(command: str, option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    words = f"controlplane {command} {option.name}"
    variable = f"`{option.envvar or re.sub('[ -]', '_', words).upper()}`"
    needed = "Required. " if option.required else ""
    return f"| {names} | {variable} | {needed}{option.help or ''} |"


if __name__ == "__main__":
    for name in PAGES:
        (FOLDER / name).write_text(renewed(name))
