"""What was said of a case and set right since: by late evidence, a retraction, a new definition."""

from collections.abc import Sequence

import streamlit as st

from ui.components import heading
from ui.components.timeline import Step, timeline_html
from ui.display import moment, plural
from ui.plain import plain
from ui.records import Happening
from ui.views import names


def card(items: Sequence[Happening]) -> None:
    """List corrections, the newest first; nothing where there was none."""
    if not items:
        return
    with st.container(border=True, key="card_corrected"):
        heading.card("Corrected since", plural(len(items), "correction"))
        st.html(timeline_html(map(step, reversed(items))))


def step(one: Happening) -> Step:
    return Step(
        title=one.title or "",
        note=f"· {moment(one.at)} · {names.person(one.actor)}",
        below=plain(one.note or ""),
        state=one.state,
    )
