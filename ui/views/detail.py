"""One exception: why it failed, both promises, what it costs, what happened, what to do."""

from datetime import UTC, datetime, timedelta
from html import escape

import streamlit as st

from ui.client import MissingError, read, read_steady
from ui.components import heading, notice
from ui.components.act import attempt
from ui.components.state import chip, tone
from ui.components.style import colours
from ui.components.timeline import Step, timeline_html
from ui.display import (
    DASH,
    TIMES,
    duration,
    moment,
    money,
    reading,
    remaining,
    sentence,
    short_money,
)
from ui.records import Evidence, HistoryEntry, ProcessException, SlaUse, Teams
from ui.views import inbox
from ui.views.links import go

HEIGHT = 694
FULL = 150.0
MANY = 1000.0
TONES = {
    "opened": "breached",
    "reopened": "breached",
    "acknowledged": "on_track",
    "assigned": "on_track",
    "resolved": "resolved",
    "waived": "at_risk",
    "warned": "at_risk",
}


def pane(key: str, who: str) -> None:
    with st.container(border=True, key="card_detail", height=HEIGHT):
        try:
            exception = read(f"/v1/exceptions/{key}", ProcessException)
        except MissingError:
            notice.broken_link(key)
            return
        st.button(
            "All exceptions",
            icon=":material/arrow_back:",
            type="tertiary",
            key="back",
            on_click=inbox.select,
            args=(None,),
        )
        summary(exception)
        actions(exception, who)
        reason(exception)
        history(exception)
        onward(exception)


def summary(one: ProcessException) -> None:
    place = " · ".join(part for part in (one.id, one.severity, one.stage) if part)
    st.html(
        f'<div class="cp-split"><div><div class="cp-muted">{escape(place)}</div>'
        f'<div class="cp-title">{escape(one.title)}</div>'
        f'<div class="cp-muted">{escape(one.case_title)} · {escape(one.case)}</div></div>'
        f'<div style="text-align:right"><div class="cp-figure">{short_money(one.money.first)}</div>'
        f"{chip(one.sla.state)}</div></div>"
        + promise_html("Process", one.process_sla)
        + promise_html("Handling", one.handling_sla)
    )


def promise_html(name: str, sla: SlaUse | None) -> str:
    """Write one promise: a bar to the limit and beyond, its share, and what is left."""
    if sla is None:
        return ""
    used = sla.used_percent
    wide = min(max(used or 0.0, 0.0), FULL) / FULL * 100
    shade = tone(sla.state)
    title = sla.title or sentence(sla.sla or "")
    named = f"{name}: {title}" if title else f"{name} SLA"
    share = f"{used_words(used)} used" if used is not None else sentence(sla.state or "")
    left = remaining(sla.due_at, datetime.now(UTC)) if tone(sla.state) else ""
    return (
        f'<div class="cp-bar" role="img" aria-label="{escape(share)}">'
        f'<i style="width:{wide:.0f}%;background:{colours().fill(shade)}"></i>'
        f'<u style="left:{100 / FULL * 100:.2f}%"></u></div>'
        f'<div class="cp-muted cp-split"><span>{escape(named)} · {escape(share)}</span>'
        f'<b style="color:{colours().words(shade)};white-space:nowrap">{escape(left)}</b></div>'
    )


def used_words(percent: float) -> str:
    """Write a share that a person can take in: 99%, or 49 times what was allowed."""
    if percent < MANY:
        return f"{percent:.0f}%"
    return f"{percent / 100:,.0f}{TIMES} the time"


def act(one: ProcessException, name: str, done: str, **body: object) -> None:
    if attempt(one, name, done, **body):
        inbox.refresh()


def actions(one: ProcessException, who: str) -> None:
    with st.container(horizontal=True, gap="xsmall", key="actions"):
        st.button(
            "Acknowledge",
            type="primary",
            icon=":material/check:",
            shortcut="A",
            key="acknowledge",
            disabled=one.state != "open",
            on_click=act,
            args=(one, "acknowledge", "acknowledged"),
        )
        assign(one, who)
        if st.button(
            "Waive", icon=":material/gavel:", shortcut="W", key="waive", disabled=not one.standing
        ):
            waive(one)
        if st.button(
            "Resolve", icon=":material/task_alt:", key="resolve", disabled=not one.standing
        ):
            resolve(one)
        if st.button("", icon=":material/add_comment:", key="comment", help="Comment"):
            comment(one)


def assign(one: ProcessException, who: str) -> None:
    members = {member for team in read_steady("/v1/teams", Teams).items for member in team.members}
    people = [who, *sorted(members - {who})] if who else sorted(members)
    key = f"assign_{one.id}"
    st.menu_button(
        "Assign",
        people,
        icon=":material/person_add:",
        key=key,
        disabled=not one.standing or not people,
        on_click=give,
        args=(one, key),
    )


def give(one: ProcessException, key: str) -> None:
    person = st.session_state.get(key)
    if person:
        act(one, "assign", f"assigned to {person}", assignee=person)


@st.dialog("Waive this exception", position="right", width="small", icon=":material/gavel:")
def waive(one: ProcessException) -> None:
    st.write(
        f"**{one.id}** leaves the list until the day you give. "
        "Waivers are audited and count against the rule."
    )
    today = datetime.now(UTC).date()
    reason = st.text_area("Reason (kept in the audit trail)", key="waive_reason")
    until = st.date_input(
        "Until", value=today + timedelta(days=30), min_value=today + timedelta(days=1)
    )
    if st.button("Waive and record", type="primary", disabled=not reason.strip()):
        end = f"{until.isoformat()}T00:00:00Z"
        act(one, "waive", "waived", reason=reason.strip(), until=end)
        st.rerun()


@st.dialog("Resolve this exception", position="right", width="small", icon=":material/task_alt:")
def resolve(one: ProcessException) -> None:
    st.write(
        f"**{one.id}** is closed by hand. It opens again under its own name "
        "when the rule still fires: a person's word does not outlast the facts."
    )
    reason = st.text_area("What was done", key="resolve_reason")
    if st.button("Resolve and record", type="primary", disabled=not reason.strip()):
        act(one, "resolve", "resolved", reason=reason.strip())
        st.rerun()


@st.dialog("Comment", position="right", width="small", icon=":material/add_comment:")
def comment(one: ProcessException) -> None:
    note = st.text_area("Note (kept in the history)", key="comment_note")
    if st.button("Add", type="primary", disabled=not note.strip()):
        act(one, "comment", "comment kept", note=note.strip())
        st.rerun()


def reason(one: ProcessException) -> None:
    version = f" {escape(one.rule_version)}" if one.rule_version else ""
    facts = "".join(
        f'<span class="cp-muted">{escape(sentence(fact.label))}</span>'
        f"<b>{escape(reading(fact.value))}</b>"
        f'<span class="cp-muted" title="{escape(source(fact), quote=True)}">'
        f"{escape(fact.fact_id or fact.field)}</span>"
        for fact in one.evidence
    )
    st.html(
        '<div class="cp-eyebrow">Why it failed</div>'
        f'<div class="cp-body" style="margin-bottom:5px">{escape(one.reason)}<br>'
        f'<span class="cp-muted">Rule <b>{escape(one.rule)}</b>{version} of '
        f"{escape(one.ruleset)}</span></div>"
        f'<div class="cp-facts">{facts}</div>'
        f'<div class="cp-eyebrow">What waits on it</div><div class="cp-facts">{figures(one)}</div>'
    )


def source(fact: Evidence) -> str:
    """Return where the datum stands: timesheet TS-1.role, and the event that said so."""
    where = ".".join(part for part in (f"{fact.fact_type} {fact.fact_id}", fact.field) if part)
    return f"{where} from {fact.event}" if fact.event else where


def figures(one: ProcessException) -> str:
    named = (
        ("Blocked", one.money.blocked, "held up"),
        ("Delay", one.money.delayed_cash, "cost of capital"),
        ("Exposure", one.money.exposure, "over what may be billed"),
    )
    return "".join(
        f'<span class="cp-muted">{name}</span><b>{money(value)}</b>'
        f'<span class="cp-muted">{note}</span>'
        for name, value, note in named
        if value is not None
    )


def step(entry: HistoryEntry) -> Step:
    return Step(
        title=sentence(entry.action),
        note=entry.note or "",
        below=f"{entry.actor} · {moment(entry.at)}",
        state=TONES.get(entry.action),
    )


def history(one: ProcessException) -> None:
    heading.eyebrow("Timeline")
    st.html(timeline_html(step(entry) for entry in reversed(one.history)))


def onward(one: ProcessException) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Open the case",
            icon=":material/timeline:",
            type="tertiary",
            key="open_case",
            on_click=go,
            args=("case",),
            kwargs={"instance": one.instance, "exception": one.id},
        )
        person = one.assignee or "nobody yet"
        st.html(
            f'<span class="cp-muted">With <b>{escape(person)}</b> · team '
            f"{escape(one.owner or DASH)} · {escape(one.state)} · {duration(one.age_seconds)}"
            "</span>",
            width="content",
        )
