"""Rules in sentences: each condition, the datum that it found, and a way to the event under it."""

from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import quote

from ui.components.state import chip
from ui.display import moment, plural
from ui.plain import plain
from ui.records.explanation import (
    Condition,
    Datum,
    ExplainedDecision,
    ExplainedRule,
    SourceEvent,
)

CHIPS = {
    "warning": ("warned", "Warned"),
    "blocked": ("failed", "Failed"),
    "not_evaluated": ("not_evaluated", None),
}
MARKS = {"held": "●", "failed": "◆", "unknown": "▲", "not_reached": "○"}
STATES = {"held": "holds", "failed": "fails", "unknown": "not known"}
FIRST = ("fired", "not_evaluated", "quiet")
MOST_SOURCES = 5


def explained_html(instance: str, decisions: Sequence[ExplainedDecision]) -> str:
    """Write every rule that was asked about something, those that failed first."""
    pairs = [(decision, one) for decision in decisions for one in decision.rules]
    told = [pair for state in FIRST for pair in pairs if told_state(pair[1]) == state]
    beside = [one for _, one in pairs if told_state(one) == "beside"]
    rows = "".join(rule_html(instance, decision, one) for decision, one in told)
    return rows + beside_html(beside)


def told_state(one: ExplainedRule) -> str:
    """A rule that had nothing to ask about stands beside those that did."""
    return one.state if one.state in FIRST[:2] or one.applies else "beside"


def rule_html(instance: str, decision: ExplainedDecision, one: ExplainedRule) -> str:
    state = CHIPS.get(one.outcome or one.state, ("passed", None))
    title = one.title if one.state == "fired" else one.question or one.title
    row = f", row {one.row} of its table" if one.row else ""
    below = "".join(
        condition_html(instance, decision, each)
        for each in one.conditions
        if each.state != "not_reached"
    )
    return (
        '<div class="cp-row" style="grid-template-columns:1fr;gap:1px">'
        f'<div class="cp-split"><b>{escape(title)}</b>{chip(*state)}</div>'
        f"<span>{escape(plain(one.sentence))}</span>"
        f'<details class="cp-muted"{" open" if one.state == "fired" else ""}>'
        f"<summary>What it rests on, as of {moment(decision.at)}</summary>{below}"
        f"<div>{escape(one.rule)} {escape(one.version)} of {escape(decision.ruleset)} "
        f"{escape(decision.ruleset_version)}{row}</div></details></div>"
    )


def condition_html(instance: str, decision: ExplainedDecision, one: Condition) -> str:
    sources = "".join(
        f"<div>{source_html(instance, event)}</div>" for event in sources_of(decision, one.data)
    )
    word = STATES.get(one.state, one.state)
    return (
        f'<div class="cp-fact" title="{escape(one.asked, quote=True)}">'
        f'<div><span aria-label="{word}" title="{word}">{MARKS.get(one.state, "○")}</span> '
        f"{escape(plain(one.words))}</div>{sources}</div>"
    )


def sources_of(decision: ExplainedDecision, data: Sequence[Datum]) -> list[SourceEvent]:
    """Return the events under *data*, each once, the first few of a sum."""
    names = dict.fromkeys(name for datum in data for name in events_under(datum))
    found = [decision.events[name] for name in names if name in decision.events]
    return found[:MOST_SOURCES]


def events_under(datum: Datum) -> Iterator[str]:
    if datum.event:
        yield datum.event
    for one in datum.rests_on:
        yield from events_under(one)


def source_html(instance: str, one: SourceEvent) -> str:
    """Write the event as a way to its line, and span, in the technical trace."""
    link = f"case?instance={quote(instance, safe='')}&event={quote(one.id, safe='')}"
    span = f" · span {one.span_id}" if one.span_id else ""
    title = f"{one.id} of {one.source}{f' · trace {one.trace_id}' if one.trace_id else ''}{span}"
    return (
        f'<a href="{escape(link, quote=True)}" target="_self" title="{escape(title, quote=True)}">'
        f"{escape(one.title)} · {moment(one.at)}</a>"
    )


def beside_html(rules: Sequence[ExplainedRule]) -> str:
    """Write, on demand, the rules that had nothing to ask about."""
    if not rules:
        return ""
    rows = "".join(
        f"<div>{escape(one.question or one.title)}<br><span>{escape(plain(one.sentence))}</span>"
        "</div>"
        for one in rules
    )
    counted = f"{plural(len(rules), 'rule')} had nothing to ask about"
    return f'<details class="cp-beside"><summary>{counted}</summary>{rows}</details>'
