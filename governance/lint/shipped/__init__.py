"""Rule sets that come with the program, by the names under which others extend them."""

from functools import cache
from importlib.resources import files

SHIPPED = ("house", "finance", "buf")
_PREFIX = "controlplane:"


@cache
def shipped_text(name: str) -> str | None:
    """Return the rule set `controlplane:house`, say; None when there is none of that name."""
    short = name.removeprefix(_PREFIX)
    if short not in SHIPPED or not name.startswith(_PREFIX):
        return None
    return files(__package__).joinpath(f"{short}.yaml").read_text(encoding="utf-8")
