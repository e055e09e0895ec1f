"""Signing in with a key of one's own: what a person does is done, and kept, in their name."""

from html import escape

import streamlit as st

from ui import reader
from ui.client import ApiError, forget, known, read_steady
from ui.components import refusal
from ui.display import sentence
from ui.records import Actor


def corner() -> None:
    """Draw at the foot of the sidebar who the reader is, and a way to be somebody else."""
    reader.keep()
    with st.sidebar.container(key="signing"):
        who = me()
        if who is not None and who.actor:
            st.html(
                f'<b>{escape(who.name or who.actor)}</b> <span class="cp-muted">'
                f"{escape(sentence(who.role).lower())}</span>"
            )
        if reader.key():
            st.button("Sign out", icon=":material/logout:", type="tertiary", on_click=leave)
        elif st.button("Sign in", icon=":material/key:", type="tertiary", key="sign_in"):
            enter()


def me() -> Actor | None:
    """Return who the API takes the reader for; None where it does not say."""
    try:
        return read_steady("/v1/me", Actor)
    except ApiError:
        return None


def leave() -> None:
    reader.sign_out()
    forget()


@st.dialog("Sign in with your key", width="small", icon=":material/key:")
def enter() -> None:
    st.write(
        "What you do is kept under your name. The app forgets the key when it ends, or when you "
        "sign out; the browser never has it."
    )
    with st.form("signing_in", border=False):
        own = st.text_input("API key", type="password", placeholder="cp_…", autocomplete="off")
        if not st.form_submit_button("Sign in", type="primary"):
            return
    try:
        known(own.strip())
    except ApiError as error:
        refusal.show(error)
        return
    reader.sign_in(own.strip())
    forget()
    st.rerun()
