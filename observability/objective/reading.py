"""An objective says one thing only, or it is refused where it says more or less."""

import re
from collections.abc import Iterator
from decimal import Decimal

from observability.objective.condition import OBJECT, condition_of
from observability.objective.document import PER_CASE, Band, Cutoff, Objective, Target
from rules.document import DocumentError, convert, read_yaml

MAX_HOURS = 24 * 366 * 5
MAX_DAYS = 366 * 5
_FULL = 100
_LAST_MONTH_DAY = 31
_MOST_BUSINESS_DAYS = 23
_MONEY = re.compile(r"case\.amount|object\.[a-z][a-z0-9_]*")
_FIELD = re.compile(r"(case|object)\.[a-z][a-z0-9_]*")
_PATH = re.compile(r"([a-z][a-z0-9_-]*\.)?[A-Za-z][A-Za-z0-9_]*")
_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_CURRENCY = re.compile(r"[A-Z]{3}")

Fault = tuple[str, str]
"""(pointer, message)"""


def read_objective(text: str | bytes) -> Objective:
    """Return the objective of a YAML *text*; raise `DocumentError` naming what does not fit."""
    data, positions = read_yaml(text)
    objective = convert(data, Objective, positions)
    for pointer, message in _faults(objective):
        line, column = positions.get(pointer, positions.get(pointer.rpartition("/")[0], (0, 0)))
        raise DocumentError(message, line=line, column=column, pointer=pointer)
    return objective


def _faults(objective: Objective) -> Iterator[Fault]:
    yield from _head(objective)
    yield from _targets(objective)
    yield from _movers(objective)
    yield from _expected(objective)
    yield from _paths(objective)
    yield from _warnings(objective)
    yield from _money(objective)


def _head(objective: Objective) -> Iterator[Fault]:
    for field, name in (("sla", objective.sla), ("owner", objective.owner)):
        if not _KEBAB.fullmatch(name):
            yield f"/{field}", f"{name!r} is no kebab-case name such as time-to-invoice"
    if not _VERSION.fullmatch(objective.version):
        yield "/version", f"{objective.version!r} is no version such as 1.0.0"


def _targets(objective: Objective) -> Iterator[Fault]:
    yield from _target("/target", objective.target, objective)
    for place, segment in enumerate(objective.targets):
        at = f"/targets/{place}"
        if not segment.where and segment.amount is None:
            yield at, "say in `where` or `amount` for which clocks this target counts"
        if segment.amount is not None:
            yield from _band(f"{at}/amount", segment.amount)
        yield from _target(f"{at}/target", segment.target, objective)


def _target(at: str, target: Target, objective: Objective) -> Iterator[Fault]:
    if target.by is not None:
        if target.units or target.anchor:
            yield at, "a cut-off stands alone: give `by` or an allowed time"
        yield from _cutoff(f"{at}/by", target.by)
    elif len(target.units) != 1:
        yield at, "give exactly one of business_hours, business_days, hours, minutes"
    else:
        yield from _amount(at, target)
        yield from _anchor(at, target)
    if (target.on_calendar or target.fixed) and objective.calendar is None:
        unit = next(iter(target.units), "a cut-off")
        yield at, f"{unit} is counted on a calendar; name one"
    if target.fixed and (objective.pause or _pauses(objective)):
        yield at, "a deadline that a date sets is moved by no pause; leave `pause` out"


def _pauses(objective: Objective) -> bool:
    return objective.rejection is not None and objective.rejection.then == "pause"


def _amount(at: str, target: Target) -> Iterator[Fault]:
    (unit, value) = next(iter(target.units.items()))
    limit = {"business_days": MAX_DAYS, "minutes": MAX_HOURS * 60}.get(unit, MAX_HOURS)
    least = Decimal() if target.anchor else Decimal("0.01")
    if not value.is_finite() or not least <= value <= limit:
        yield f"{at}/{unit}", f"{unit} is to be at least {least} and at most {limit}"


def _anchor(at: str, target: Target) -> Iterator[Fault]:
    if target.before and target.after:
        yield at, "give `before` or `after`, not both"
    for name, field in (("before", target.before), ("after", target.after)):
        if field is not None and not _FIELD.fullmatch(field):
            yield f"{at}/{name}", f"{field!r} is no date such as object.start_on or case.start_on"


def _cutoff(at: str, cutoff: Cutoff) -> Iterator[Fault]:
    given = (cutoff.weekday, cutoff.month_day, cutoff.business_day)
    if sum(one is not None for one in given) != 1:
        yield at, "give exactly one of weekday, month_day, business_day"
    if cutoff.month_day is not None and not 1 <= cutoff.month_day <= _LAST_MONTH_DAY:
        yield f"{at}/month_day", "a day of the month is 1 to 31"
    days = cutoff.business_day
    if days is not None and not 1 <= abs(days) <= _MOST_BUSINESS_DAYS:
        yield f"{at}/business_day", "a business day of the month is 1 to 23, or -1 for its last"
    if cutoff.at is not None and not _TIME.fullmatch(cutoff.at):
        yield f"{at}/at", f"{cutoff.at!r} is no time of day such as 12:00"


def _band(at: str, band: Band) -> Iterator[Fault]:
    if not _CURRENCY.fullmatch(band.currency):
        yield f"{at}/currency", f"{band.currency!r} is no ISO 4217 code such as GBP"
    given = [one for one in (band.at_least, band.below) if one is not None]
    if not given or not all(one.is_finite() for one in given) or given != sorted(set(given)):
        yield at, "give `at_least`, `below`, or both in this order"


def _movers(objective: Objective) -> Iterator[Fault]:
    for name, listed in (("from", objective.start), ("to", objective.to)):
        if not listed:
            yield f"/{name}", f"{name!r} names no activity"
    yield from _pausing(objective)
    if objective.rejection is not None and not objective.rejection.by:
        yield "/rejection/by", "'by' names no activity"
    seen: set[str] = set()
    back = objective.rejection.by if objective.rejection else ()
    roles = (objective.start, objective.to, objective.cancel, objective.pause, objective.resume)
    for role in (*roles, back):
        for one in sorted(seen.intersection(role)):
            yield "", f"activity {one!r} has two roles in the objective"
        seen.update(role)
    for condition in objective.conditions:
        if condition.subject == OBJECT and objective.per == PER_CASE:
            yield "", f"{condition.text!r}: a clock per case has no object; say case. or a type"


def _expected(objective: Objective) -> Iterator[Fault]:
    if objective.expects is None:
        return
    if objective.per == PER_CASE:
        yield "/per", "something is expected of an object; name its type"
    if any(one.by is None for one in objective.every_target):
        yield "/target", "what is expected again and again has a cut-off: {by: {weekday: mon}}"
    for name, given in (("pause", objective.pause), ("rejection", objective.rejection)):
        if given:
            yield f"/{name}", f"a cut-off that comes round knows no {name}"
    if objective.conditions:
        yield "", "what is expected again and again is told by activities, not by states"


def _pausing(objective: Objective) -> Iterator[Fault]:
    """A state pauses for as long as it holds; an activity until another resumes."""
    held = [one for one in objective.pause if condition_of(one) is None]
    if bool(held) != bool(objective.resume):
        yield "/pause", "pause and resume are given together or not at all"
    for place, one in enumerate(objective.resume):
        if condition_of(one) is not None:
            yield f"/resume/{place}", "a state that pauses resumes when it ends; name it in `pause`"


def _paths(objective: Objective) -> Iterator[Fault]:
    for path in sorted(objective.paths):
        if not _PATH.fullmatch(path):
            yield "", f"{path!r} is no path such as billing_model, object.region or customer.tier"
        elif path.startswith(f"{OBJECT}.") and objective.per == PER_CASE:
            yield "", f"{path!r}: a clock per case has no object"
    for place, region in enumerate(objective.calendars):
        if not region.where:
            yield f"/calendars/{place}", "say in `where` for which clocks this calendar counts"
    if objective.calendars and objective.calendar is None:
        yield "/calendars", "name in `calendar` the one that counts where none of these does"


def _warnings(objective: Objective) -> Iterator[Fault]:
    ascending = sorted(set(objective.warn)) == list(objective.warn)
    if not ascending or any(not 0 < percent < _FULL for percent in objective.warn):
        yield "/warn", "warnings are percentages between 1 and 99, ascending"
    if not objective.attainment.is_finite() or not 0 < objective.attainment < 1:
        yield "/attainment", "attainment is a share between 0 and 1, such as 0.95"
    if objective.minimum_volume < 1:
        yield "/minimum_volume", "the least number of promises to judge a budget by is 1 or more"


def _money(objective: Objective) -> Iterator[Fault]:
    if not _MONEY.fullmatch(objective.money):
        yield "/money", "money is case.amount, or object. and the name of a field"
    elif objective.per == PER_CASE and objective.money.startswith("object."):
        yield "/money", "a clock per case has no object; use case.amount"
    for place, target in enumerate(objective.every_target):
        if objective.per == PER_CASE and (target.anchor or "").startswith(f"{OBJECT}."):
            at = f"/targets/{place - 1}/target" if place else "/target"
            yield at, "a clock per case has no object; use case. and the name of a field"
