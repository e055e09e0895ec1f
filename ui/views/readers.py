"""Who reads a version: who said so, who was seen to, and who would be left without it."""

from html import escape

import streamlit as st

from ui.client import ApiError, put
from ui.components import heading, notice, refusal
from ui.components.state import chip
from ui.display import moment, plural
from ui.records import Consumer
from ui.views.shown import Shown, contract_path

NEW = "Another system"


def tab(shown: Shown) -> None:
    declared(shown)
    observed(shown)
    declare(shown)


def declared(shown: Shown) -> None:
    every = shown.contract.consumers
    heading.eyebrow(plural(len(every), "declared consumer"))
    if not every:
        st.html('<span class="cp-muted">No system has said that it reads this contract.</span>')
        return
    st.html("".join(reader_html(shown, one) for one in every))


def reader_html(shown: Shown, one: Consumer) -> str:
    here = next((each for each in shown.review.readers if each.system == one.system), None)
    if here is None:
        state = chip("none", "Reads others")
    elif here.stranded:
        state = chip("at_risk", "Reads only this")
    else:
        state = chip("clear", "Reads this and others")
    if shown.version.lifecycle not in {"published", "deprecated"}:
        state = ""
    return (
        '<div class="cp-row" style="grid-template-columns:1.1fr .6fr 1.4fr 170px">'
        f"<b>{escape(one.system)}</b><code>{escape(one.versions)}</code>"
        f'<span class="cp-muted cp-clip">{escape(one.contact)}</span><span>{state}</span></div>'
    )


def observed(shown: Shown) -> None:
    seen = shown.review.observed
    if shown.version.lifecycle != "deprecated":
        return
    days = plural(shown.review.demands.quiet_days, "day")
    heading.eyebrow(f"Seen in the last {days}")
    if not seen:
        st.html('<span class="cp-muted">Nobody was seen to use this version.</span>')
        return
    st.html(
        "".join(
            '<div class="cp-row" style="grid-template-columns:1.1fr .6fr 1.4fr">'
            f"<b>{escape(one.system)}</b><span>{plural(one.times, 'time')}</span>"
            f'<span class="cp-muted">last {moment(one.last_at)}</span></div>'
            for one in seen
        )
    )


def declare(shown: Shown) -> None:
    """Draw the form in which a system says which versions it reads from now on."""
    heading.eyebrow("Declare a consumer, or that it moved")
    known = {one.system: one for one in shown.contract.consumers}
    with st.form(f"consumer_{shown.contract.subject}", border=False, clear_on_submit=True):
        left, middle, right = st.columns([1.2, 1, 1.4])
        system = left.selectbox(
            "System", list(known), index=None, accept_new_options=True, placeholder="portal"
        )
        versions = middle.text_input("Versions", placeholder="^2.0")
        contact = right.text_input("Contact", placeholder="as it stands")
        if not st.form_submit_button("Declare"):
            return
    if not system or not versions.strip():
        st.warning("Still missing: a system and what it reads.", icon=":material/edit:")
        return
    kept = contact.strip() or known.get(system, Consumer()).contact
    path = f"{contract_path(shown.contract.subject)}/consumers/{system}"
    try:
        put(path, {"versions": versions.strip(), "contact": kept})
    except ApiError as error:
        refusal.show(error, shown.review.names)
        return
    notice.say(f"{system} reads {versions.strip()} of {shown.contract.subject}")
    st.rerun(scope="fragment")
