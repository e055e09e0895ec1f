"""One exception: why it failed, both promises, what it costs, what happened, what to do."""

from collections.abc import Iterator
from html import escape

import streamlit as st

from ui.client import MissingError, read, read_steady
from ui.components import heading, notice
from ui.components.evidence import evidence_html
from ui.components.promise import promise_html
from ui.components.state import chip
from ui.components.timeline import Step, timeline_html
from ui.display import DASH, duration, moment, money, plural, sentence, several, short_money
from ui.plain import plain
from ui.records import BlastRadius, HistoryEntry, ProcessException, Teams
from ui.views import deciding, inbox, incidents, names
from ui.views.links import go

HEIGHT = 694
SHOWN = 3
PROGRAM = "controlplane"
HANDLING = {"acknowledge": "Somebody takes it on", "resolve": "It is solved"}
TONES = {
    "opened": "breached",
    "reopened": "breached",
    "acknowledged": "on_track",
    "assigned": "on_track",
    "resolved": "resolved",
    "waived": "at_risk",
    "waiver-asked": "at_risk",
    "escalated": "breached",
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
        hanging(exception)
        history(exception)
        onward(exception)


def summary(one: ProcessException) -> None:
    place = " · ".join(
        part
        for part in (one.id, one.priority, sentence(one.severity), names.stage(one.stage))
        if part
    )
    promises = []
    if one.process_sla:
        title = one.process_sla.title or names.objective(one.process_sla.sla)
        promises.append(promise_html(title, one.process_sla, None))
    if one.handling_sla:
        what = HANDLING.get(
            one.handling_sla.sla or "", sentence(one.handling_sla.sla or "handling")
        )
        promises.append(promise_html(what, one.handling_sla, one.opened_at))
    st.html(
        f'<div class="cp-split"><div><div class="cp-muted">{escape(place)}</div>'
        f'<div class="cp-title">{escape(one.title)}</div>'
        f'<div class="cp-muted">{escape(one.case_title)} · {escape(one.case)}</div></div>'
        f'<div style="text-align:right"><div class="cp-figure">{short_money(one.money.first)}</div>'
        f"{chip(one.sla.state)}</div></div>" + "".join(promises)
    )


def actions(one: ProcessException, who: str) -> None:
    with st.container(horizontal=True, gap="xsmall", key="actions"):
        st.button(
            "Acknowledge",
            type="primary",
            shortcut="A",
            key="acknowledge",
            disabled=one.state != "open",
            on_click=deciding.act,
            args=(one, "acknowledge", "acknowledged"),
        )
        assign(one, who)
        dialogs(one)
    if one.promised_at and one.standing:
        st.html(f'<div class="cp-fact">Promised by <b>{moment(one.promised_at)}</b></div>')
    if one.waiver:
        deciding.approval(one)


def dialogs(one: ProcessException) -> None:
    """Draw a button for each decision that wants more than a click."""
    if st.button("Waive", shortcut="W", key="waive", disabled=not one.standing):
        deciding.waive(one)
    if one.state == "resolved":
        if st.button("Reopen", key="reopen"):
            deciding.reopen(one)
    elif st.button("Resolve", key="resolve"):
        deciding.resolve(one)
    if one.standing and st.button(
        "Promise a date", icon=":material/event:", key="icon_promise", help="Promise a date"
    ):
        deciding.promise(one)
    if st.button("Comment", icon=":material/add_comment:", key="icon_comment", help="Comment"):
        deciding.comment(one)


def assign(one: ProcessException, who: str) -> None:
    members = {member for team in read_steady("/v1/teams", Teams).items for member in team.members}
    people = [who, *sorted(members - {who})] if who else sorted(members)
    key = f"assign_{one.id}"
    st.menu_button(
        "Assign",
        people,
        key=key,
        disabled=not one.standing or not people,
        on_click=give,
        args=(one, key),
    )


def give(one: ProcessException, key: str) -> None:
    person = st.session_state.get(key)
    if person:
        deciding.act(one, "assign", f"assigned to {person}", assignee=person)


def reason(one: ProcessException) -> None:
    rule = names.rule(one.ruleset, one.rule)
    named = f"{one.rule} {one.rule_version} of {one.ruleset}"
    st.html(
        '<div class="cp-eyebrow">Why it failed</div>'
        f'<div class="cp-body"><b>{escape(plain(one.reason))}</b>'
        f"<div><i>{escape(rule.question)}</i></div>"
        f'<details class="cp-muted"><summary>Why it matters, and the rule</summary>'
        f"{escape(rule.rationale)}<br><code>{escape(named)}</code></details></div>"
        f"{evidence_html(one.evidence)}"
        f"{first_html(one)}"
        f'<div class="cp-eyebrow">What waits on it</div><div class="cp-facts">{figures(one)}</div>'
    )


def first_html(one: ProcessException) -> str:
    """Write what to do first, as its rule or the policy for its class says."""
    if not one.next_step or not one.standing:
        return ""
    return (
        '<div class="cp-eyebrow">Next step</div>'
        f'<div class="cp-body"><b>{escape(one.next_step)}</b></div>'
    )


def hanging(one: ProcessException) -> None:
    """Draw what else hangs on it; the incident is one click away."""
    radius = read(f"/v1/exceptions/{one.id}/blast-radius", BlastRadius)
    lines = list(radius_lines(radius))
    if lines or one.incident:
        heading.eyebrow("What hangs on it")
        st.html(f'<div class="cp-body">{"<br>".join(lines)}</div>')
    if one.incident:
        st.button(
            f"{one.incident.title} · {plural(radius.cases, 'case')}",
            icon=":material/hub:",
            type="tertiary",
            key="open_incident",
            on_click=incidents.narrow,
            args=(one.incident.id,),
            help="Show all exceptions of this cause",
        )


def radius_lines(radius: BlastRadius) -> Iterator[str]:
    for one in radius.things:
        more = f" and {one.total - SHOWN:,} more" if one.total > SHOWN else ""
        yield f"{escape(sentence(one.type))} <b>{escape(', '.join(one.keys[:SHOWN]))}</b>{more}"
    for thing in radius.shared:
        named = f"{escape(sentence(thing.type))} <b>{escape(thing.key)}</b>"
        yield f"{named}: {plural(thing.cases, 'case')} rest on it"
    if radius.exceptions > 1:
        told = plural(radius.exceptions, "exception")
        yield f"{told} in all, <b>{several(radius.money.blocked)}</b> blocked"
    if radius.downstream:
        steps = ", ".join(one.title.lower() for one in radius.downstream)
        yield f'<span class="cp-muted">Waiting behind it: {escape(steps)}</span>'


def figures(one: ProcessException) -> str:
    named = (
        ("Blocked", one.money.blocked, "held up"),
        ("Unpaid", one.money.delayed, "billed and overdue"),
        ("Delay", one.money.delayed_cash, "cost of capital"),
        ("Exposure", one.money.exposure, "over what may be billed"),
    )
    return "".join(
        f'<span class="cp-muted">{name}</span><b>{money(value)}</b>'
        f'<span class="cp-muted">{note}</span>'
        for name, value, note in named
        if value is not None
    )


def step(entry: HistoryEntry, reason: str) -> Step:
    who = "automatically" if entry.actor == PROGRAM else names.person(entry.actor)
    return Step(
        title=sentence(entry.action),
        note="" if entry.note == reason else plain(entry.note or ""),
        below=f"{who} · {moment(entry.at)}",
        state=TONES.get(entry.action),
    )


def history(one: ProcessException) -> None:
    heading.eyebrow("Timeline")
    st.html(timeline_html(step(entry, one.reason) for entry in reversed(one.history)))


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
        person = names.person(one.assignee) or "nobody yet"
        st.html(
            f'<span class="cp-muted">With <b>{escape(person)}</b> · team '
            f"{escape(names.team(one.owner) or DASH)} · {escape(one.state)} for "
            f"{duration(one.age_seconds)}</span>",
            width="content",
        )
