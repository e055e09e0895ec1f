"""What a person decides about one exception: to waive, resolve or reopen it, or to say a word."""

from datetime import UTC, datetime, timedelta
from html import escape

import streamlit as st

from ui.components.act import attempt
from ui.display import moment
from ui.records import ProcessException
from ui.views import inbox


def act(one: ProcessException, name: str, done: str, **body: object) -> None:
    if attempt(one, name, done, **body):
        inbox.refresh()


def given(text: str, what: str) -> bool:
    """Whether *text* says something; a button that is grey until then would not say why."""
    if text.strip():
        return True
    st.warning(f"Still missing: {what}.", icon=":material/edit:")
    return False


@st.dialog("Promise a date", position="right", width="small", icon=":material/event:")
def promise(one: ProcessException) -> None:
    st.write(
        f"**{one.id}** is yours until then. What is not resolved by the date is escalated, as "
        "it is when the handling SLA ends before that."
    )
    today = datetime.now(UTC).date()
    by = st.date_input("Solved by the end of", value=today + timedelta(days=2), min_value=today)
    note = st.text_area("Note (kept in the history)", key="promise_note")
    if st.button("Acknowledge and promise", type="primary"):
        end = f"{by.isoformat()}T23:59:59Z"
        act(one, "acknowledge", "acknowledged", promised_at=end, note=note.strip())
        st.rerun()


@st.dialog("Waive this exception", position="right", width="small", icon=":material/gavel:")
def waive(one: ProcessException) -> None:
    st.write(
        f"**{one.id}** leaves the list until the day you give, once a steward who is somebody else "
        "approves. It returns on that day. Waivers are audited and count against the rule."
    )
    today = datetime.now(UTC).date()
    reason = st.text_area("Reason (kept in the audit trail)", key="waive_reason")
    until = st.date_input(
        "Until", value=today + timedelta(days=30), min_value=today + timedelta(days=1)
    )
    if st.button("Ask for the waiver", type="primary") and given(reason, "a reason"):
        end = f"{until.isoformat()}T00:00:00Z"
        act(one, "waive", "waiver asked", reason=reason.strip(), until=end)
        st.rerun()


@st.dialog("Resolve this exception", position="right", width="small", icon=":material/task_alt:")
def resolve(one: ProcessException) -> None:
    st.write(
        f"**{one.id}** is closed by hand. It opens again under its own name "
        "when the rule still fires: a person's word does not outlast the facts."
    )
    reason = st.text_area("What was done", key="resolve_reason")
    if st.button("Resolve and record", type="primary") and given(reason, "what was done"):
        act(one, "resolve", "resolved", reason=reason.strip())
        st.rerun()


@st.dialog("Reopen this exception", position="right", width="small", icon=":material/undo:")
def reopen(one: ProcessException) -> None:
    st.write(
        f"**{one.id}** is worked again, with new limits. It stands until its rule fires again "
        "or a person resolves it."
    )
    reason = st.text_area("Why it is not solved", key="reopen_reason")
    if st.button("Reopen and record", type="primary") and given(reason, "why it is not solved"):
        act(one, "reopen", "reopened", reason=reason.strip())
        st.rerun()


@st.dialog("Comment", position="right", width="small", icon=":material/add_comment:")
def comment(one: ProcessException) -> None:
    note = st.text_area("Note (kept in the history)", key="comment_note")
    if st.button("Add", type="primary") and given(note, "the note"):
        act(one, "comment", "comment kept", note=note.strip())
        st.rerun()


def approval(one: ProcessException) -> None:
    """Say who asks for a waiver, and let somebody else decide."""
    asked = one.waiver
    if asked is None:
        return
    who = escape(asked.asked_by)
    st.html(
        f'<div class="cp-fact"><b>{who}</b> asks to waive it until <b>{moment(asked.until)}</b>: '
        f"{escape(asked.reason)}</div>"
    )
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            "Approve",
            icon=":material/gavel:",
            key="approve",
            on_click=act,
            args=(one, "approve", "waived"),
            help="A steward who is somebody else",
        )
        if st.button("Refuse", key="refuse"):
            refuse(one)


@st.dialog("Refuse the waiver", position="right", width="small", icon=":material/gavel:")
def refuse(one: ProcessException) -> None:
    reason = st.text_area("Why not", key="refuse_reason")
    if st.button("Refuse and record", type="primary") and given(reason, "why not"):
        act(one, "refuse", "waiver refused", reason=reason.strip())
        st.rerun()
