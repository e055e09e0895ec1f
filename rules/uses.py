"""Which facts a rule set looks at: only those need be gathered for it."""

from collections.abc import Iterator

import msgspec

from rules import syntax
from rules.context import CALENDAR, MOMENT
from rules.rule import Applicability, Derivation, Pattern, RuleSet

_NAMES_A_TYPE = (Pattern, Applicability, Derivation, syntax.Aggregate)


def uses(ruleset: RuleSet) -> frozenset[str]:
    """Return the names of the fact types that *ruleset* looks at, its context's included."""
    named = {one.fact_type for one in _parts(ruleset) if isinstance(one, _NAMES_A_TYPE)}
    if ruleset.calendar is not None:
        named.add(CALENDAR.name)
    if any(one.effective is not None for one in ruleset.rules):
        named.add(MOMENT.name)
    return frozenset(named)


def fields_named(ruleset: RuleSet) -> frozenset[str]:
    """Return the name of every field, of whatever type, that *ruleset* names anywhere."""
    parts = _parts(ruleset)
    return frozenset(one.field for one in parts if isinstance(one, syntax.Field | Applicability))


def _parts(part: object) -> Iterator[object]:
    """Yield *part* and whatever it is made of: rows of tables, cells, templates and all."""
    yield part
    if isinstance(part, msgspec.Struct):
        for name in part.__struct_fields__:
            yield from _parts(getattr(part, name))
    elif isinstance(part, tuple):
        for one in part:
            yield from _parts(one)
