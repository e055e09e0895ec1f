"""
What changed in a schema, before it is said whom it hurts.

A fact knows neither request nor response: it names the rules it may come under, with
`{side}` for the direction and `{at}` for the place, such as `request-body`. The first that
exists is the one; where none does, the change hurts nobody.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from governance.contract.artifact import Json

Side = Literal["request", "response", "both"]


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """
    `name`: the property of the schema that it is about; empty: the schema itself.

    `read_only`, `write_only`: so is that property. `sealed`: rules for one that does not travel
    in this direction; `shut`: none but those may be said of it then; `always`: those of any
    other. `whole`: it is said of what lies around, too. `left_out`: only of what may be left
    out. `mark` tells facts of one rule at one place apart.
    """

    rules: tuple[str, ...]
    said: str
    pointer: str = ""
    before: Json = None
    after: Json = None
    name: str = ""
    mark: str = ""
    sealed: tuple[str, ...] = ()
    read_only: bool = False
    write_only: bool = False
    always: bool = False
    shut: bool = False
    whole: bool = False
    left_out: bool = False

    def candidates(self, side: Side, at: Iterable[str], *, sealed: bool) -> list[str]:
        """Return the ids of the rules to look for, the first first."""
        usual = [rule.format(side=side, at=one) for rule in self.rules for one in at]
        if not sealed or self.always:
            return usual
        only = f"{side}-{'read' if side == 'request' else 'write'}-only-property"
        found = [rule.format(side=side, at=only) for rule in self.sealed or self.rules]
        return found if self.shut else [*found, *usual]


def shown(value: Json) -> str:
    """Return *value* as a sentence shows it."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


_SHOWN = 80
