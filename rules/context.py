"""
What a rule set is told beside the facts of the case: which day it is, and its calendar.

Both are facts, so that a decision rests on facts alone and can be repeated.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache

import msgspec

from rules.calendar import BusinessCalendar, read_calendar
from rules.decision import Fact
from rules.document import DocumentError
from rules.fact import FactType
from rules.rule import RuleSet

MOMENT = FactType(name="moment", fields={"today": "date"})
CALENDAR = FactType(name="calendar", fields={"document": "text"})
CONTEXT: Mapping[str, FactType] = {one.name: one for one in (MOMENT, CALENDAR)}


def context(
    ruleset: RuleSet, calendars: Mapping[str, BusinessCalendar], *, at: datetime
) -> list[Fact]:
    """Return the facts that *ruleset* is to be told beside those of the case."""
    calendar = calendars.get(ruleset.calendar or "")
    today = at.astimezone(UTC).date() if calendar is None else calendar.date_of(at)
    found = [moment(today)] if any(one.effective is not None for one in ruleset.rules) else []
    if calendar is not None:
        document = msgspec.json.encode(calendar.document).decode()
        found.append(calendar_fact(calendar.document.calendar, document))
    return found


def turns(ruleset: RuleSet, calendars: Mapping[str, BusinessCalendar]) -> set[datetime]:
    """Return when the rules of *ruleset* come into effect and go out of it."""
    calendar = calendars.get(ruleset.calendar or "")
    days = {day for one in ruleset.rules if one.effective for day in one.effective.turns}
    if calendar is None:
        return {datetime.combine(day, time(), tzinfo=UTC) for day in days}
    return {calendar.begins(day) for day in days}


@lru_cache(maxsize=64)
def moment(today: date) -> Fact:
    """Return the one fact that says which day it is, for rules with effective dates."""
    return Fact(type=MOMENT.name, id="now", values={"today": today})


@lru_cache(maxsize=64)
def calendar_fact(name: str, document: str) -> Fact:
    """Return the one fact that brings the calendar *name*, a YAML *document*, along."""
    return Fact(type=CALENDAR.name, id=name, values={"document": document})


@lru_cache(maxsize=64)
def _calendar(document: str) -> BusinessCalendar | None:
    try:
        return BusinessCalendar(read_calendar(document))
    except DocumentError:
        return None


def calendar_among(facts: list[Fact], name: str | None) -> BusinessCalendar | None:
    """Return the calendar *name* that *facts* bring along, None when there is none."""
    for one in facts:
        if one.type == CALENDAR.name and one.id == name:
            document = one.values.get("document")
            return _calendar(document) if isinstance(document, str) else None
    return None
