"""Waivers of a version: what it may pass with, who answers for that, why and until when."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape

import streamlit as st

from ui.client import read_steady
from ui.components import refusal
from ui.components.state import chip
from ui.display import day, plural, remaining
from ui.records import ContractWaiver, Finding, Teams
from ui.views import names, signing
from ui.views.deciding import given
from ui.views.shown import Shown, act, attempt

LIVE = ("asked", "active", "stale")
PENDING = ("draft", "in_review", "approved")


def tab(shown: Shown) -> None:
    one = shown.review
    open_ = waivable(shown)
    if one.lifecycle in PENDING:
        counted = plural(len(open_), "finding")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if st.button(
                "Ask for a waiver", key="ask_waiver", icon=":material/gavel:", disabled=not open_
            ):
                ask(shown)
            told = f"{counted} would need one" if open_ else "No finding needs one"
            st.html(f'<span class="cp-muted">{told}.</span>', width="content")
    if not one.waivers:
        st.html('<span class="cp-muted">No waiver was asked for.</span>')
    for waiver in reversed(one.waivers):
        card(shown, waiver)


def waivable(shown: Shown) -> Sequence[Finding]:
    """Return what stops the version and may be waived: all but errors of the document."""
    return [one for one in shown.review.blocking if one.level != "error" or one.of_style]


def card(shown: Shown, waiver: ContractWaiver) -> None:
    who = signing.me()
    steward = who is None or who.may("steward")
    asker = who is not None and who.actor == waiver.asked_by
    with st.container(border=True, key=f"card_{waiver.id}"):
        st.html(waiver_html(shown, waiver))
        if waiver.standing not in LIVE:
            return
        with st.container(horizontal=True, gap="xsmall"):
            if waiver.standing == "asked" and steward:
                st.button(
                    "Grant",
                    type="primary",
                    key=f"grant_{waiver.id}",
                    on_click=act,
                    args=(shown, f"waivers/{waiver.id}/approvals", {}, f"{waiver.id} granted"),
                )
            if steward or asker:
                st.button(
                    "Take back",
                    key=f"withdraw_{waiver.id}",
                    on_click=act,
                    args=(shown, f"waivers/{waiver.id}/withdraw", {}, f"{waiver.id} taken back"),
                )


def waiver_html(shown: Shown, waiver: ContractWaiver) -> str:
    places = "".join(
        f"<li><code>{escape(one.pointer or one.rule)}</code> "
        f'<span class="cp-muted">{escape(one.rule)}</span></li>'
        for one in waiver.findings
    )
    live = waiver.standing in LIVE
    left = f" · {remaining(waiver.expires_at, datetime.now(UTC))}" if live else ""
    because = refusal.called(waiver.because, shown.review.names)
    because = f"{because[:1].upper()}{because[1:]}."
    return (
        f'<div class="cp-split"><b>{escape(waiver.reason)}</b>'
        f"{chip(waiver.standing)}</div>"
        f'<div class="cp-muted">{escape(waiver.id)} · asked by '
        f"{escape(shown.review.named(waiver.asked_by))} {day(waiver.asked_at)} · "
        f"{escape(names.team(waiver.owner))} answers for it · until {day(waiver.expires_at)}{left}"
        f'<br>{escape(because)}</div><ul class="cp-list">{places}</ul>'
    )


@st.dialog("Ask for a waiver", width="large", icon=":material/gavel:")
def ask(shown: Shown) -> None:
    st.write(
        f"**{shown.name}** may pass with these findings until the day you give, once a steward who "
        "did not write it grants that. A finding that moves or goes leaves the waiver stale."
    )
    open_ = {one.id: one for one in waivable(shown)}
    chosen = st.multiselect(
        "Findings",
        list(open_),
        default=list(open_),
        format_func=lambda id_: f"{open_[id_].pointer or open_[id_].rule}: {open_[id_].message}",
        key="waiver_findings",
    )
    reason = st.text_area("Reason (kept in the audit trail)", key="waiver_reason")
    left, right = st.columns(2)
    teams = [one.team for one in read_steady("/v1/teams", Teams).items]
    owner = shown.contract.owner
    team = left.selectbox(
        "The team that answers for it",
        teams,
        index=teams.index(owner) if owner in teams else None,
        format_func=names.team,
        key="waiver_owner",
    )
    today = datetime.now(UTC).date()
    until = right.date_input(
        "Until", value=today + timedelta(days=90), min_value=today + timedelta(days=1)
    )
    if st.button("Ask for it", type="primary") and given(reason, "a reason"):
        body = {"owner": team or "", "findings": chosen, "reason": reason.strip()}
        end = f"{until.isoformat()}T00:00:00Z"
        if attempt(shown, "waivers", {**body, "expires_at": end}, "waiver asked"):
            st.rerun()
        refusal.tell(shown.name)
        refusal.clear()
