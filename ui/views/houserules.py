"""The house rules that contracts are held to: which policies are in force, and what they block."""

from html import escape

import streamlit as st

from ui.client import read
from ui.components import heading, notice
from ui.components.state import chip
from ui.display import plural
from ui.records import LintPolicies, LintPolicy

BLOCKS = {
    "error": ("breached", "Errors block"),
    "warn": ("breached", "Warnings block"),
    "never": ("none", "Blocks nobody"),
}


@st.fragment(key="house_rules_button")
def popover() -> None:
    """Draw the button; what it opens is read when somebody opens it."""
    box = st.popover(
        "House rules", icon=":material/rule:", key="house_rules", on_change="rerun", width="content"
    )
    if box.open:
        with box:
            shown()


@notice.told("house_rules_shown")
def shown() -> None:
    items = read("/v1/lint-policies", LintPolicies).items
    heading.eyebrow("Held to at check, draft and publication")
    if items:
        st.html("".join(map(policy_html, items)))
    else:
        st.html(
            '<span class="cp-muted">No lint policy is in force. Put one with '
            "<code>PUT /v1/lint-policies/{policy}</code>.</span>"
        )


def policy_html(one: LintPolicy) -> str:
    state, words = BLOCKS.get(one.blocks, ("none", one.blocks))
    asked = f"{plural(one.rules, 'rule')}, {plural(one.errors, 'error')}"
    return (
        '<div class="cp-row" style="grid-template-columns:1fr auto">'
        f"<span><b>{escape(one.title or one.policy)}</b> "
        f'<span class="cp-muted">{escape(one.policy)} {escape(one.version)}</span><br>'
        f'<span class="cp-muted">{asked} · {escape(covered(one))}</span></span>'
        f"<span>{chip(state, words)}</span></div>"
    )


def covered(one: LintPolicy) -> str:
    """Return which contracts the policy speaks of."""
    said = [
        f"{label} {', '.join(names)}"
        for label, names in (
            ("domain", one.domains),
            ("contracts", one.subjects),
            ("format", one.formats),
        )
        if names
    ]
    return " · ".join(said) or "every contract"
