"""
What things, fields and values are called in a sentence: by those who know better, else by name.

`milestone_accepted_at` is “milestone accepted”, `tax-profile` a tax profile, `fixed-fee` fixed
fee; hours, days and percents carry their unit, money its currency.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

import msgspec

from rules.decision import Fact, Value
from rules.fact import CLOCK
from rules.template import render_value

_KEBAB = re.compile(r"[a-z]+(?:[-_][a-z]+)+")
_POINTING = ("at", "on", "from", "to", "by", "since", "until")
_UNITS = {
    "hours": "hours",
    "days": "days",
    "minutes": "minutes",
    "months": "months",
    "percent": "%",
    "warned": "%",
}
_CLOCK_FIELDS = {"sla": "promise", "object": "concerned", "object_type": "kind"}
_OF_CLOCKS = {"state": "it is {}", "sla": "it runs"}
_CLOCK_STATES = {
    "absent": "overdue",
    "late": "kept, but late",
    "met": "kept in time",
    "running": "still running",
}
_NO_TITLES: Mapping[str, str] = {}
_NO_FIELDS: Mapping[tuple[str, str], str] = {}


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a process calls its things. `fields` go by fact type and name, `moments` are fields that
    an activity stamps, by what the activity is called; `promises` are objectives by id.
    """

    fields: Mapping[tuple[str, str], str] = _NO_FIELDS
    moments: Mapping[str, str] = _NO_TITLES
    promises: Mapping[str, str] = _NO_TITLES

    def thing(self, fact: Fact) -> str:
        """`timesheet TS-1`, `the promise “Approved time posted” on TS-1`."""
        if fact.type != CLOCK.name:
            return f"{spaced(fact.type)} {fact.id}"
        sla, _, of = fact.id.partition(":")
        on = f" on {fact.values.get('object') or of}" if of else ""
        return f"the promise “{self.promises.get(sla, spaced(sla))}”{on}"

    def label(self, fact_type: str, field: str) -> str:
        """Return what *field* is called among the fields of its own kind of fact."""
        known = self.moments.get(field) or self.fields.get((fact_type, field))
        if known is not None:
            return known
        if fact_type == CLOCK.name and field in _CLOCK_FIELDS:
            return _CLOCK_FIELDS[field]
        words = field.replace("_", " ")
        if words.startswith("money "):
            return f"amount {words.removeprefix('money ')}"
        if words.endswith(" id"):
            return words.removesuffix(" id")
        if words.endswith(" ids"):
            return f"{words.removesuffix(' ids')}s"
        return words.removesuffix(" percent").removesuffix(" days") or words

    def value(self, fact_type: str, field: str, value: Value) -> str:
        """Return *value* with its unit or currency, and in words where it is a word."""
        if isinstance(value, str):
            if fact_type == CLOCK.name:
                value = self.promises.get(value) or _CLOCK_STATES.get(value, value)
            return spaced(value) if _KEBAB.fullmatch(value) else value
        if isinstance(value, list):
            return listed([self.value(fact_type, field, one) for one in value]) or "none"
        if isinstance(value, datetime):
            value = value.replace(microsecond=0)
        told = render_value(value)
        if _is_number(value):
            unit = _UNITS.get(field.rpartition("_")[2])
            named = self.label(fact_type, field).endswith(unit) if unit else True
            return told if named else f"{told} {unit}"
        return told

    def stands(self, fact_type: str, field: str, value: Value | None) -> str:
        """Return the clause that says what *field* is: `status is approved`."""
        label, moment = self.label(fact_type, field), field in self.moments
        if value is None:
            quoted = moment or _points(label)
            missing = "has not happened" if moment else "is missing"
            return f"“{label}” {missing}" if quoted else f"{label} {missing}"
        told = self.value(fact_type, field, value)
        if moment:
            return f"“{label}” happened at {told}"
        if isinstance(value, bool):
            return f"“{label}” is {told}"
        if fact_type == CLOCK.name and field in _OF_CLOCKS:
            return _OF_CLOCKS[field].format(told)
        return " ".join([label, *_verb(label, value), told])


def _verb(label: str, value: Value) -> list[str]:
    """`signed on 2 March` needs none."""
    if isinstance(value, date) and _points(label):
        return []
    several = isinstance(value, list) or (label.endswith("s") and _is_number(value))
    return ["are" if several else "is"]


PLAIN = Words()


def readable(value: Value | None) -> str:
    """Return *value* as a sentence says it: `fixed-fee` is fixed fee."""
    told = render_value(value)
    return spaced(told) if isinstance(value, str) and _KEBAB.fullmatch(told) else told


@lru_cache(maxsize=4096)
def spaced(name: str) -> str:
    """Return a name as words: `tax-profile` → tax profile."""
    return name.replace("-", " ").replace("_", " ")


def listed(words: Iterable[str], last: str = "and", *, most: int = 5) -> str:
    """Return `a, b and c`, or the first of many and how many more there are."""
    those = list(words)
    if len(those) > most:
        return f"{', '.join(those[:most])} {last} {len(those) - most} more"
    return f" {last} ".join([", ".join(those[:-1]), those[-1]] if len(those) > 1 else those)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _points(label: str) -> bool:
    return label.rpartition(" ")[2] in _POINTING
