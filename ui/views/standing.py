"""Where a case stands: its milestones, what it waits for, what was done in part or undone."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

import streamlit as st

from ui.components import heading
from ui.components.state import chip
from ui.display import DASH, day, duration, moment, plural, sentence, several, short_money
from ui.records import Case, CaseLinks, LinkedCase, Milestone, Wait
from ui.views import names

SHOWN_OBJECTS = 3
LISTED = 8
RELATIONS = {
    "part-of": "Part of",
    "spawned-by": "Spawned by",
    "parts": "Parts",
    "spawned": "Spawned",
}


def band(case: Case) -> None:
    """Say in a line or two where the case stands; nothing when its model does not say."""
    lines = [*waits(case), *partial(case), *undone(case)]
    if not case.milestones and not lines:
        return
    with st.container(border=True, key="card_standing"):
        if case.milestones:
            st.html(f'<div class="cp-legend">{"".join(map(milestone, case.milestones))}</div>')
        if lines:
            st.html("".join(f'<div class="cp-body">{line}</div>' for line in lines))


def milestone(one: Milestone) -> str:
    when = f' <span class="cp-muted">{day(one.at)}</span>' if one.at else ""
    colour = "ok-text" if one.at else "muted"
    return (
        f'<span style="color:var(--cp-{colour})">{"✓" if one.at else "○"} '
        f"{escape(one.title)}{when}</span>"
    )


def waits(case: Case) -> Iterator[str]:
    if case.waiting:
        now = case.as_of or datetime.now(UTC)
        told = "; ".join(waited(one, now) for one in case.waiting)
        yield f"Waits for {told}"


def waited(one: Wait, now: datetime) -> str:
    long = duration((now - one.since).total_seconds()) if one.since else DASH
    who = f" · {escape(names.team(one.owner))}" if one.owner else ""
    return f'<b>{escape(one.title)}</b>{about(one)} <span class="cp-muted">{long}{who}</span>'


def about(one: Wait) -> str:
    if not one.objects:
        return ""
    more = len(one.objects) - SHOWN_OBJECTS
    shown = ", ".join(one.objects[:SHOWN_OBJECTS]) + (f" and {more} more" if more > 0 else "")
    return f" of {escape(shown)}"


def partial(case: Case) -> Iterator[str]:
    for one in case.partial:
        state = "failed" if one.outcome == "failed" else "warning"
        word = {"failed": "Half done", "undone": "Taken back"}.get(one.outcome, "Not all yet")
        yield (
            f"{chip(state, word)} <b>{escape(one.title)}</b> {escape(one.detail)} "
            f'<span class="cp-muted">since {day(one.since)}</span>'
        )


def undone(case: Case) -> Iterator[str]:
    if case.compensations:
        told = ", ".join(f"{escape(c.title)} ({moment(c.at)})" for c in case.compensations)
        yield f"Undone: {told}"


def links(those: Sequence[CaseLinks]) -> None:
    """List what the case is part of and what is part of it, the busiest process opened."""
    if not those:
        return
    with st.container(border=True, key="card_links"):
        heading.card("Linked cases", plural(sum(one.cases for one in those), "case"))
        st.html("".join(map(group, those)))


def group(one: CaseLinks) -> str:
    states = " · ".join(
        f"{number} {sentence(state).lower()}" for state, number in one.states.items()
    )
    head = (
        f"{RELATIONS.get(one.relation, one.relation)}: <b>{escape(one.process_title)}</b> "
        f'<span class="cp-muted">{states}</span> {several(one.amounts) if one.amounts else ""}'
    )
    rows = "".join(map(row, one.items[:LISTED]))
    if len(one.items) == 1:
        return f'<div class="cp-body">{head}{rows}</div>'
    more = one.cases - LISTED
    rest = f'<span class="cp-muted">and {more} more</span>' if more > 0 else ""
    return f'<div class="cp-body"><details><summary>{head}</summary>{rows}{rest}</details></div>'


def row(one: LinkedCase) -> str:
    awaited = f"waits for {sentence(one.waits_for).lower()} since " if one.waits_for else ""
    named = one.case if one.title in {"", one.case} else f"{one.case} · {one.title}"
    return (
        f'<a class="cp-row" href="case?instance={quote(one.id, safe="")}" target="_self" '
        'style="grid-template-columns:110px 1fr 1fr 90px">'
        f'<span>{chip(one.state)}</span><span class="cp-clip">{escape(named)}</span>'
        f'<span class="cp-clip cp-muted">{escape(awaited)}{day(one.waiting_since or one.last_at)}'
        f'</span><b class="cp-num" style="text-align:right">'
        f"{short_money(one.amount) if one.amount else ''}</b></a>"
    )
