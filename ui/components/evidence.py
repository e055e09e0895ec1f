"""The data that a decision rests on: grouped by the thing that they describe."""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from ui.display import sentence
from ui.plain import label, reading
from ui.records import Evidence

CLOCK = "clock"
SAID_ALREADY = ((CLOCK, "sla"), (CLOCK, "due_at"))
CLOCK_STATES = {
    "absent": "it has not happened",
    "late": "it happened late",
    "running": "it is still awaited",
    "met": "it happened in time",
}


def evidence_html(facts: Sequence[Evidence]) -> str:
    """Write *facts*, one block a thing."""
    ordered = sorted(facts, key=lambda one: (one.fact_type, one.fact_id))
    groups = groupby(ordered, key=lambda one: (one.fact_type, one.fact_id))
    return "".join(group_html(kind, id_, list(those)) for (kind, id_), those in groups)


def group_html(kind: str, id_: str, facts: Sequence[Evidence]) -> str:
    head = "What was promised" if kind == CLOCK else f"{sentence(kind)} {id_}"
    events = ", ".join(dict.fromkeys(one.event for one in facts if one.event))
    rows = "".join(
        f'<span class="cp-muted">{escape(name)}</span><b>{escape(value)}</b>'
        for name, value in (words(one) for one in facts if telling(one))
    )
    return (
        f'<div class="cp-fact"><div title="{escape(events, quote=True)}">{escape(head)}</div>'
        f'<div class="cp-facts cp-two">{rows}</div></div>'
    )


def telling(one: Evidence) -> bool:
    """Whether the datum says more than the heading above it, or the promise with its limit."""
    return one.value != one.fact_id and (one.fact_type, one.field) not in SAID_ALREADY


def words(one: Evidence) -> tuple[str, str]:
    if one.fact_type == CLOCK and one.field == "state":
        return "State", CLOCK_STATES.get(one.value, one.value)
    if one.fact_type == CLOCK and one.field == "object":
        return "Concerns", one.value
    return label(one.field) or sentence(one.label), reading(one.value)
