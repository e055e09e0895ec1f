"""What the API refused, told where it was asked for: why, what stands in the way, what to do."""

from collections.abc import Mapping

import streamlit as st

from ui.client import ApiError, RefusedError
from ui.plain import plain

SHOWN = 5
ICON = ":material/block:"


def words(error: ApiError, names: Mapping[str, str] | None = None) -> str:
    """Write *error*, whoever holds a key by name."""
    if not isinstance(error, RefusedError):
        return str(error)
    problem = error.problem
    lines = [f"**{problem.title}.** {error}" if problem.title else str(error)]
    lines += [f"- `{one.get('pointer', '')}` {one.get('detail', '')}" for one in problem.errors]
    if len(problem.findings) > 1:  # of one alone the sentence tells
        lines += [f"- {one.message}" for one in problem.findings[:SHOWN]]
    more = len(problem.findings) - SHOWN
    lines += [f"- and {more:,} more"] if more > 0 else []
    return called(plain("\n".join(lines)), names or {})


def called(text: str, names: Mapping[str, str]) -> str:
    """Write *text* with names where history says `key:<id>`."""
    for actor, name in names.items():
        text = text.replace(actor, name)
    return text


def show(error: ApiError, names: Mapping[str, str] | None = None) -> None:
    st.error(words(error, names), icon=ICON)


def keep(error: ApiError, place: str, names: Mapping[str, str] | None = None) -> None:
    """Keep why an act at *place* was refused: a callback draws nothing."""
    st.session_state["refused"] = (place, words(error, names))


def tell(place: str) -> None:
    """Draw why the last act at *place* was refused, until another is done."""
    kept = st.session_state.get("refused")
    if kept is not None and kept[0] == place:
        st.error(kept[1], icon=ICON)


def clear() -> None:
    st.session_state.pop("refused", None)
