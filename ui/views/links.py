"""The addresses of the screens; filters and selections live in them."""

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


def follow() -> None:
    """Rerun the frame when a callback of a fragment wants another screen."""
    if "going" in st.session_state:
        st.rerun(scope="app")


def going() -> tuple[str, dict[str, str]] | None:
    wanted = st.session_state.pop("going", None)
    return wanted if isinstance(wanted, tuple) else None
