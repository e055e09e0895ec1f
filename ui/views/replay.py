"""A version held against the events of the last days: which of them it would refuse."""

from html import escape
from urllib.parse import quote

import streamlit as st

from ui.client import read
from ui.components import heading, notice
from ui.components.state import chip
from ui.display import count, day, moment, percent, plural
from ui.records import Producing, RefusalReason, Refused, Trial, TrialResult, Trials
from ui.views.shown import Shown, act

WINDOWS = (7, 30, 90)
RECENT = 50
EXAMPLES = 3


def draw(shown: Shown) -> None:
    heading.eyebrow("Replay of the events that came")
    latest = last(shown)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        days = st.selectbox(
            "Days",
            WINDOWS,
            index=1,
            format_func=lambda number: f"Last {number} days",
            key="trial_days",
            label_visibility="collapsed",
            width=140,
        )
        st.button(
            "Replay",
            key="replay",
            icon=":material/replay:",
            on_click=act,
            args=(shown, f"trial?days={days}", {}, "is being replayed"),
        )
    if latest is not None and latest.status == "running":
        watched(shown)
    elif latest is not None:
        outcome(latest)


@st.fragment(run_every="3s", key="replay_live")
@notice.told("replay_live")
def watched(shown: Shown) -> None:
    """Look again by itself while the replay runs; draw the whole anew when it is over."""
    latest = last(shown)
    if latest is None or latest.status != "running":
        st.rerun(scope="app")
    outcome(latest)


def last(shown: Shown) -> Trial | None:
    """Return the last trial of this version."""
    found = read("/v1/trials", Trials, subject=shown.contract.subject, limit=RECENT).items
    return next((one for one in found if one.version == shown.version.version), None)


def outcome(one: Trial) -> None:
    whole = read(f"/v1/trials/{quote(one.id, safe='')}", Trial) if one.status == "done" else one
    if whole.result is None:
        st.html(f"{chip(one.status)} <span class='cp-muted'>{escape(one.because)}</span>")
        return
    st.html(result_html(whole, whole.result))


def result_html(one: Trial, found: TrialResult) -> str:
    """Write how many events would be refused, and whose."""
    share = found.refused / found.events if found.events else None
    cells = (
        ("Events replayed", count(found.events), f"since {day(one.since)}"),
        ("Would be refused", count(found.refused), percent(share)),
        ("Asked", moment(one.asked_at), "the whole time" if found.whole else "a part of the time"),
    )
    figures = "".join(
        f'<div><span class="cp-muted">{name}</span><div>{value}</div>'
        f'<span class="cp-muted">{note}</span></div>'
        for name, value, note in cells
    )
    hit = [each for each in found.producers if each.refused]
    told = "".join(map(producer_html, hit))
    none = f"<div>{chip('clear', 'None would be refused')}</div>" if found.events else ""
    return f'<div class="cp-figures">{figures}</div>{told or none}'


def producer_html(one: Producing) -> str:
    reasons = "".join(map(reason_html, one.reasons))
    mark = chip("breaking", f"{count(one.refused)} of {plural(one.events, 'event')}")
    return (
        f'<div class="cp-finding"><div class="cp-split"><b>{escape(one.source)}</b>{mark}</div>'
        f'<ul class="cp-list">{reasons}</ul></div>'
    )


def reason_html(one: RefusalReason) -> str:
    shown = ", ".join(map(example_html, one.examples[:EXAMPLES]))
    return (
        f"<li><code>{escape(one.pointer or '/')}</code> {escape(one.detail)} "
        f'<span class="cp-muted">{plural(one.events, "event")}: {shown}</span></li>'
    )


def example_html(one: Refused) -> str:
    if not one.instance:
        return escape(one.id)
    address = f"case?instance={quote(one.instance, safe='')}"
    return f'<a href="{escape(address, quote=True)}" target="_self">{escape(one.id)}</a>'
