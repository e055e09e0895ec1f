"""What registered texts say, each read once: such a text never changes its meaning."""

from functools import lru_cache

from sqlalchemy import Connection

from governance.document import stores as documents
from observability.model.coherence import read_model
from observability.objective import read_objective
from rules.calendar import BusinessCalendar, read_calendar
from rules.language import read_ruleset

model_of = lru_cache(maxsize=256)(read_model)
objective_of = lru_cache(maxsize=1024)(read_objective)
ruleset_of = lru_cache(maxsize=256)(read_ruleset)


@lru_cache(maxsize=256)
def calendar_of(text: str) -> BusinessCalendar:
    return BusinessCalendar(read_calendar(text))


def calendars(connection: Connection) -> dict[str, BusinessCalendar]:
    """Return the calendars in force, by name."""
    active = documents.list_active(connection, "calendar")
    return {one.name: calendar_of(one.body) for one in active}
