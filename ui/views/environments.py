"""Where a version has been: from environment to environment, none left out."""

from html import escape

import streamlit as st

from ui.components import heading
from ui.components.state import chip
from ui.display import moment
from ui.views.shown import Shown, act


def tab(shown: Shown) -> None:
    been = {one.environment: one for one in shown.review.promotions}
    order = shown.review.demands.environments
    if not order:
        st.html('<span class="cp-muted">This house names no environments.</span>')
        return
    st.html("".join(environment_html(shown, name) for name in order))
    following = next((name for name in order if name not in been), None)
    if following is None:
        return
    heading.eyebrow("Next")
    comment = st.text_input(
        "A word with it",
        placeholder="A word with it",
        key=f"promote_{shown.name}",
        label_visibility="collapsed",
    )
    st.button(
        f"Promote to {following}",
        key="promote",
        type="primary",
        icon=":material/arrow_forward:",
        on_click=act,
        args=(
            *(shown, "promotions", {"environment": following, "comment": comment.strip()}),
            f"is in {following}",
        ),
    )
    if following == order[-1]:
        st.html('<span class="cp-muted">A steward takes it there, once it is published.</span>')


def environment_html(shown: Shown, name: str) -> str:
    found = next((one for one in shown.review.promotions if one.environment == name), None)
    state = chip("met", "There") if found else chip("none", "Not yet")
    told = ""
    if found is not None:
        who = shown.review.named(found.by)
        told = f"{moment(found.at)} by {who}" + (f" · {found.comment}" if found.comment else "")
    return (
        '<div class="cp-row" style="grid-template-columns:90px 110px 1fr">'
        f"<b>{escape(name)}</b><span>{state}</span>"
        f'<span class="cp-muted">{escape(told)}</span></div>'
    )
