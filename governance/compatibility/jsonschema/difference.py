"""One difference between two schemas, and how it is told."""

from typing import NamedTuple

from governance.compatibility.comparison import Policy
from governance.compatibility.jsonschema.rule import NOT_EVALUATED, level
from governance.contract.artifact import Json
from governance.contract.finding import Finding

_SHOWN = 20
_LONGEST = 200


class Difference(NamedTuple):
    """`old` and `new` are pointers into the two documents; `new` None: it was taken away."""

    rule: str
    old: str
    new: str | None
    before: Json = None
    after: Json = None
    because: str = ""

    @property
    def key(self) -> tuple[str, str, str | None]:
        return (self.rule, self.old, self.new)


def told(difference: Difference, policy: Policy) -> Finding:
    """Return *difference* as a finding under *policy*."""
    pointer = difference.old if difference.new is None else difference.new
    return Finding(
        id=f"{difference.rule}:{pointer or '/'}",
        rule=difference.rule,
        level=level(difference.rule, policy),
        pointer=pointer,
        message=_message(difference, policy),
        before=shortened(difference.before),
        after=shortened(difference.after),
    )


def shortened(value: Json) -> Json:
    """Return *value* small enough to be shown."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
    if isinstance(value, list):
        shown = [shortened(one) for one in value[:_SHOWN]]
        return [*shown, f"… {len(value) - _SHOWN} more"] if len(value) > _SHOWN else shown
    if isinstance(value, dict):
        kept = {shortened(key): shortened(one) for key, one in list(value.items())[:_SHOWN]}
        return kept | ({"…": len(value) - _SHOWN} if len(value) > _SHOWN else {})
    return value


def _message(difference: Difference, policy: Policy) -> str:
    if difference.rule == NOT_EVALUATED:
        return f"not evaluated: {difference.because}"
    words = difference.rule.replace("_", " ").lower()
    words = words[0].upper() + words[1:]
    because = difference.because or _CONSEQUENCES[level(difference.rule, policy)]
    return f"{words}: {because}"


_CONSEQUENCES = {
    "breaking": "what was allowed may now be refused",
    "warning": "passed by the policy, though a strict validator may refuse what was allowed",
    "info": "whatever was allowed still is",
}
