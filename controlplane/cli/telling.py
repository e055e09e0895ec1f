"""Explained decisions as text: what failed, what could not be checked, what passed and why."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from rules.money import Money

_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
_DATE = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])")
_MARKS = {
    "fired": "\N{BALLOT X}",
    "warned": "!",
    "not_evaluated": "?",
    "quiet": "\N{CHECK MARK}",
    "not_asked": "-",
}
_PARTS = 5


class Event(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    id: str
    title: str
    at: datetime
    trace_id: str | None
    span_id: str | None


class Datum(msgspec.Struct, frozen=True, kw_only=True):
    fact_type: str
    fact_id: str
    label: str
    value: str | None
    event: str | None = None
    counted: int = 0
    rests_on: tuple["Datum", ...] = ()


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    asked: str
    state: str
    words: str
    data: tuple[Datum, ...]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`conditions` are empty where there was nothing to ask about, or the facts are not known."""

    rule: str
    version: str
    title: str
    question: str
    owner: str | None
    state: str
    sentence: str
    outcome: str | None
    row: int
    blocked: Money | None
    exposure: Money | None
    delayed: Money | None = None
    conditions: tuple[Condition, ...]

    @property
    def had_something(self) -> bool:
        """Whether it was asked about anything: a datum stood there, or one is missing."""
        return self.state != "not_asked" and any(one.data for one in self.conditions)


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    decision_id: str
    at: datetime
    process: str
    ruleset: str
    ruleset_version: str
    asked_by: str | None
    events: dict[str, Event]
    rules: tuple[Rule, ...]


def told(decisions: Sequence[Decision], *, whole: bool) -> Iterator[str]:
    """Yield the lines of *decisions*: what failed first; *whole* leaves nothing out."""
    pairs = [(decision, one) for decision in decisions for one in decision.rules]
    if len(pairs) > 1:
        yield _summary([one for _, one in pairs])
    for state in ("fired", "not_evaluated"):
        for decision, one in pairs:
            if one.state == state:
                yield ""
                yield from _rule(decision, one, whole=True)
    quiet = [pair for pair in pairs if pair[1].state in {"quiet", "not_asked"}]
    shown = [pair for pair in quiet if whole or pair[1].had_something]
    if shown:
        yield ""
    for decision, one in shown:
        yield from _rule(decision, one, whole=whole)
    yield from _left_out([one for _, one in quiet], len(quiet) - len(shown))


def _summary(rules: Sequence[Rule]) -> str:
    warned = sum(one.outcome == "warning" for one in rules)
    counts = Counter(one.state for one in rules)
    parts = (
        (counts["fired"] - warned, "failed"),
        (warned, "warned"),
        (counts["not_evaluated"], "could not be checked"),
        (counts["quiet"] + counts["not_asked"], "passed or had nothing to ask about"),
    )
    return f"Rules: {', '.join(f'{count} {what}' for count, what in parts)}."


def _rule(decision: Decision, one: Rule, *, whole: bool) -> Iterator[str]:
    """Yield what failed as it is told, and of what did not the question before the answer."""
    row = f", row {one.row}" if one.row else ""
    owner = f", owner {one.owner.replace('-', ' ').capitalize()}" if one.owner else ""
    named = f"Rule {one.rule} {one.version}{row}{owner}."
    state = "warned" if one.outcome == "warning" else one.state
    mark, sentence = _MARKS.get(state, "-"), plain(one.sentence)
    if one.state == "fired":
        yield f"{mark} {sentence} {named}"
    else:
        yield f"{mark} {one.question or one.title} {named}"
        yield f"    {sentence}"
    for condition in one.conditions if whole else ():
        if condition.state != "not_reached":
            yield f"    {_state(condition)}{plain(condition.words)}"
            yield from _sources(condition.data, decision.events)


def _state(condition: Condition) -> str:
    return {"held": "", "failed": "fails: ", "unknown": "unknown: "}.get(condition.state, "")


def _sources(data: Iterable[Datum], events: dict[str, Event]) -> Iterator[str]:
    """Yield who said the data, each event once."""
    said: dict[str, list[str]] = {}
    for datum in data:
        parts = datum.rests_on or (datum,)
        for one in parts[:_PARTS]:
            if one.event in events:
                said.setdefault(one.event or "", []).append(_words(one, events))
        if datum.counted > _PARTS:
            yield f"      {datum.label}: rests on {datum.counted} data; {_PARTS} of them are shown"
    for name, labels in said.items():
        words = plain(", ".join(dict.fromkeys(one for one in labels if one)))
        source = _source(events[name])
        yield f"      {f'{words} ({source})' if words else source}"


def _words(one: Datum, events: dict[str, Event]) -> str:
    """A moment is its event: it needs no words of its own."""
    event = events[one.event or ""]
    return "" if one.label == f"“{event.title}”" else f"{one.label} {one.value}"


def _source(one: Event) -> str:
    trace = f", trace {one.trace_id} span {one.span_id}" if one.trace_id else ""
    return f"{one.title}, {moment(one.at)}, event {one.id} of {one.source}{trace}"


def _left_out(quiet: Sequence[Rule], count: int) -> Iterator[str]:
    """Say in a few words why rules had nothing to ask about."""
    if not count:
        return
    why = Counter(plain(one.sentence) for one in quiet if not one.had_something)
    yield ""
    yield f"{count} rules had nothing to ask about (--all shows each):"
    for sentence, times in why.most_common():
        yield f"    {sentence}{f' ({times} rules)' if times > 1 else ''}"


def plain(text: str) -> str:
    """Write the times and days of *text* as people do: 3 Mar 2026 10:00 UTC."""
    text = _INSTANT.sub(lambda found: moment(datetime.fromisoformat(found.group())), text)
    return _DATE.sub(lambda found: _day(found.group()), text)


def moment(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y %H:%M} UTC"


def _day(text: str) -> str:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return text
    return f"{day.day} {day:%b %Y}"
