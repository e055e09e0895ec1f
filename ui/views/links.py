"""The addresses of the screens; filters and selections live in them."""

from collections.abc import Collection
from urllib.parse import quote

import streamlit as st


def exception_link(exception: str) -> str:
    return f"exceptions?exception={quote(exception, safe='')}"


def go(path: str, **query: str) -> None:
    """Ask the frame to open *path* with *query* when this run is over."""
    st.session_state["going"] = (path, query)


def open_exceptions(process: str, filters: dict[str, str]) -> None:
    """Ask for the inbox of *process* with its filters set as its address writes them."""
    go("exceptions", within=process, **filters)


def open_contracts() -> None:
    go("contracts")


def recall(name: str, known: Collection[str], default: str | None = None) -> None:
    """
    Take the choice *name* from the address when its screen opens.

    `bind` writes labels: one that tells a count would be forgotten when the count moves on.
    """
    asked = st.query_params.get(name)
    if name not in st.session_state:
        st.session_state[name] = asked if asked in known else default


def record(name: str) -> None:
    """Write the choice *name* into the address."""
    picked = st.session_state.get(name)
    if picked:
        st.query_params[name] = picked
    else:
        st.query_params.pop(name, None)


def follow() -> None:
    """Rerun the frame when a callback of a fragment wants another screen."""
    if "going" in st.session_state:
        st.rerun(scope="app")


def going() -> tuple[str, dict[str, str]] | None:
    wanted = st.session_state.pop("going", None)
    return wanted if isinstance(wanted, tuple) else None
