"""
Incidents above the inbox: one cause, many cases, one thing to do.

Without one that is chosen the three that press most are offered; the one that is chosen tells
what it comes to, and takes an act for all of it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape

import streamlit as st

from ui.client import MissingError, read
from ui.components.act import attempt_all
from ui.display import plural, sentence, several
from ui.plain import plain
from ui.records import Incident, Incidents
from ui.views import inbox, names
from ui.views.inbox import Filters

OFFERED = 3
STRIP_HEIGHT, CARD_HEIGHT = 48, 148


def strip(filters: Filters) -> int:
    """Draw what there is to say of incidents; return how much height that takes."""
    if filters.incident:
        chosen(filters.incident)
        return CARD_HEIGHT
    return STRIP_HEIGHT if filters.view == "open" and offered(filters.process) else 0


def offered(process: str) -> bool:
    found = read("/v1/incidents", Incidents, process=process or None, limit=OFFERED + 1)
    if not found.items:
        return False
    shown = found.items[:OFFERED]
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="incidents"):
        for one in shown:
            st.button(
                f"{told_apart(one, shown)} · {plural(one.cases, 'case')} · "
                f"{several(one.money.blocked)}",
                icon=":material/hub:",
                key=f"incident_{one.id}",
                help=f"{one.title}: {shared(one)}. "
                f"{plural(one.exceptions, 'exception')} of one cause",
                on_click=narrow,
                args=(one.id,),
            )
        if len(found.items) > OFFERED:
            st.html('<span class="cp-muted">and more</span>', width="content")
    return True


def chosen(incident: str) -> None:
    with st.container(border=True, key="card_incident"):
        try:
            one = read(f"/v1/incidents/{incident}", Incident)
        except MissingError:
            st.html('<span class="cp-body">The incident is over: all of it has ended.</span>')
            st.button("Show the others", key="incident_clear", on_click=narrow, args=("",))
            return
        summary(one)
        with st.container(horizontal=True, gap="xsmall"):
            acts(one)
            st.button(
                "Show the others",
                icon=":material/close:",
                type="tertiary",
                key="incident_clear",
                on_click=narrow,
                args=("",),
            )


def summary(one: Incident) -> None:
    figures = [
        f"{name} <b>{several(money)}</b>"
        for name, money in (
            ("blocked", one.money.blocked),
            ("delay", one.money.delayed_cash),
            ("exposed", one.money.exposure),
        )
        if money
    ]
    counts = [
        f"<b>{plural(one.cases, 'case')}</b>",
        plural(one.exceptions, "exception"),
        *([f"{one.waiting:,} taken on by nobody"] if one.waiting else []),
        *([f"{one.handled_late:,} worked late"] if one.handled_late else []),
    ]
    st.html(
        f'<div class="cp-muted">{one.priority} · Incident · {escape(shared(one))}</div>'
        f'<div class="cp-title">{escape(one.title)}</div>'
        f'<div class="cp-body">{" · ".join([*counts, *figures])}</div>'
    )


def acts(one: Incident) -> None:
    who = inbox.actor()
    st.button(
        "Acknowledge all",
        type="primary",
        key="incident_acknowledge",
        disabled=not one.waiting,
        on_click=act,
        args=(one, "acknowledge", "acknowledged"),
    )
    st.button(
        "Take all",
        key="incident_take",
        disabled=not who,
        on_click=act,
        args=(one, "assign", f"assigned to {who}"),
        kwargs={"assignee": who},
    )
    if st.button("Waive all", key="incident_waive"):
        waive(one)
    if one.waivers_asked:
        st.button(
            f"Approve {one.waivers_asked}",
            icon=":material/gavel:",
            key="incident_approve",
            on_click=act,
            args=(one, "approve", "waived"),
        )


@st.dialog("Waive the whole incident", position="right", width="small", icon=":material/gavel:")
def waive(one: Incident) -> None:
    st.write(
        f"{plural(one.exceptions, 'exception')} of **{one.title}** leave the list until the day "
        "you give, once a steward who is somebody else approves."
    )
    today = datetime.now(UTC).date()
    reason = st.text_area("Reason (kept in the audit trail)", key="incident_reason")
    until = st.date_input(
        "Until", value=today + timedelta(days=30), min_value=today + timedelta(days=1)
    )
    if st.button("Ask for the waiver", type="primary"):
        if not reason.strip():
            st.warning("Still missing: a reason.", icon=":material/edit:")
            return
        end = f"{until.isoformat()}T00:00:00Z"
        act(one, "waive", "waiver asked", reason=reason.strip(), until=end)
        st.rerun()


def act(one: Incident, name: str, done: str, **body: object) -> None:
    if attempt_all(one, name, done, **body):
        inbox.refresh()


def narrow(incident: str) -> None:
    inbox.turn_to(1)
    inbox.select(None)
    if incident:
        st.query_params["incident"] = incident
    else:
        st.query_params.pop("incident", None)


def told_apart(one: Incident, among: Sequence[Incident]) -> str:
    """Return the title of *one*; where others *among* them have it too, what it alone shares."""
    alike = [other for other in among if other.title == one.title]
    own = {
        name: value
        for name, value in one.labels.items()
        if any(other.labels.get(name) != value for other in alike)
    }
    return said(own) or one.title


def shared(one: Incident) -> str:
    """Return what its members share, as a person says it: `Customer C-9`, `Due on 5 Mar 2026`."""
    return said(one.labels)


def said(labels: Mapping[str, str]) -> str:
    return ", ".join(
        names.objective(value) if name == "sla" else f"{sentence(name)} {plain(value)}"
        for name, value in labels.items()
    )
