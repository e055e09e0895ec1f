"""
Who reads: a key that a person signed in with, for the tab and for its reload.

The key stays in the memory of the app; what the browser keeps is a name drawn at random, and
it forgets it when it is closed.
"""

import secrets

import streamlit as st

COOKIE = "controlplane_reader"
MOST = 1_000
KEEP = """
export default function ({data}) {
  document.cookie = `${data.name}=${data.value}; path=/; SameSite=Strict`;
}
"""


@st.cache_resource(show_spinner=False)
def keys() -> dict[str, str]:
    """Return the keys of those who signed in, by the name that their browser keeps."""
    return {}


def key() -> str | None:
    """Return the reader's own key, None for one who did not sign in."""
    return keys().get(name() or "")


def name() -> str | None:
    """Return under which name this tab signed in, or another tab of the browser before."""
    if "reader" in st.session_state:
        return str(st.session_state["reader"])
    return st.context.cookies.get(COOKIE) if st.runtime.exists() else None


def sign_in(own: str) -> None:
    held = keys()
    while len(held) >= MOST:
        held.pop(next(iter(held)))
    st.session_state["reader"] = secrets.token_urlsafe(24)
    held[st.session_state["reader"]] = own


def sign_out() -> None:
    keys().pop(name() or "", None)
    st.session_state["reader"] = ""


def keep() -> None:
    """Let the browser keep the name that this tab signed in or out with."""
    if "reader" not in st.session_state:
        return
    component = st.components.v2.component("keep_reader", js=KEEP)
    component(data={"name": COOKIE, "value": st.session_state["reader"]}, key="keep_reader")
