"""A choice that stands in the address under its id, whatever it is called on the screen."""

from collections.abc import Mapping

import streamlit as st

USUAL = "30d"


def keep(name: str, key: str, default: str) -> None:
    """Write what was chosen into the address; the default stands in none."""
    chosen = st.session_state[key]
    if chosen in (None, default):
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen


def select(label: str, titles: Mapping[str, str], *, name: str, width: int) -> str:
    """Draw the choice among *titles* by id, the first unless the address says otherwise."""
    ids = list(titles)
    asked = st.query_params.get(name, ids[0])
    key = f"choice_{name}"
    chosen = st.selectbox(
        label,
        ids,
        index=ids.index(asked) if asked in titles else 0,
        format_func=lambda one: titles.get(str(one), str(one)),
        key=key,
        on_change=keep,
        args=(name, key, ids[0]),
        label_visibility="collapsed",
        width=width,
    )
    return str(chosen or ids[0])


def window(titles: Mapping[str, str], *, key: str) -> str:
    """Draw the choice among windows, thirty days unless the address says otherwise under *key*."""
    chosen = st.segmented_control(
        "Window",
        list(titles),
        default=USUAL,
        required=True,
        format_func=titles.__getitem__,
        key=key,
        bind="query-params",
        label_visibility="collapsed",
    )
    return str(chosen or USUAL)
