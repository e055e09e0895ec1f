"""What the rules say of a case: those that fail first, then those that pass, then the others."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from ui.client import read
from ui.components import heading, notice
from ui.components.state import chip
from ui.display import moment, plural
from ui.plain import plain
from ui.records import Decision, Firing, NotFired
from ui.records.explanation import ExplainedDecision
from ui.views import explanations, names

HEIGHT = 430
FIRINGS = {"warning": ("warned", "Warned"), "blocked": ("failed", "Failed")}


@st.fragment(key="decided")
@notice.told("decided")
def card(instance: str, latest: Sequence[Decision]) -> None:
    with st.container(border=True, key="card_decided", height=HEIGHT):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            heading.card("Rule decisions", "as they stand now")
            whole = st.toggle("Explain", key="explain", bind="query-params", disabled=not latest)
        if not latest:
            st.html('<span class="cp-muted">No rule set has judged this case yet.</span>')
            return
        if whole:
            found = [read(f"/v1/decisions/{one.decision_id}", ExplainedDecision) for one in latest]
            st.html(explanations.explained_html(instance, found))
            return
        rows = [
            *(fired_html(one, firing) for one in latest for firing in one.firings),
            *(unasked_html(one, quiet) for one in latest for quiet in one.not_evaluated),
            *(
                passed_html(one, quiet)
                for one in latest
                for quiet in one.not_fired
                if quiet.applies
            ),
        ]
        st.html("".join(rows) + beside_html(latest))


def entry_html(title: str, mark: str, why: str, below: str) -> str:
    return (
        '<div class="cp-row" style="grid-template-columns:1fr;gap:1px">'
        f'<div class="cp-split"><b>{escape(title)}</b>{mark}</div>'
        f"<span>{escape(why)}</span>{below}</div>"
    )


def source_html(decision: Decision, rule: str, asked: str = "") -> str:
    """Write, on demand, which rule said so, and the condition as written."""
    code = f"<br><code>{escape(asked)}</code>" if asked else ""
    return (
        f'<details class="cp-muted"><summary>The rule, as of {moment(decision.at)}</summary>'
        f"{escape(rule)} of {escape(decision.ruleset)} "
        f"{escape(decision.ruleset_version)}{code}</details>"
    )


def fired_html(decision: Decision, firing: Firing) -> str:
    state = chip(*FIRINGS.get(firing.outcome, ("failed", "Failed")))
    below = source_html(decision, firing.rule)
    return entry_html(firing.title or firing.rule, state, plain(firing.reason), below)


def unasked_html(decision: Decision, one: NotFired) -> str:
    rule = names.rule(decision.ruleset, one.rule)
    below = source_html(decision, one.rule)
    return entry_html(rule.question or rule.title, chip("not_evaluated"), plain(one.because), below)


def passed_html(decision: Decision, one: NotFired) -> str:
    rule = names.rule(decision.ruleset, one.rule)
    below = source_html(decision, one.rule, one.asked)
    return entry_html(rule.question or rule.title, chip("passed"), told(one.because), below)


def told(because: str) -> str:
    return because[:1].upper() + plain(because[1:]) + "."


def beside_html(latest: Sequence[Decision]) -> str:
    """Write, on demand, the rules that had nothing to ask about."""
    those = [
        (names.rule(decision.ruleset, one.rule), one)
        for decision in latest
        for one in decision.not_fired
        if not one.applies
    ]
    if not those:
        return ""
    titles = names.objectives()
    rows = "".join(
        f"<div>{escape(rule.question or rule.title)}<br><span>{escape(beside(one, titles))}"
        "</span></div>"
        for rule, one in those
    )
    counted = f"{plural(len(those), 'rule')} had nothing to ask about"
    return f'<details class="cp-beside"><summary>{counted}</summary>{rows}</details>'


def beside(one: NotFired, titles: dict[str, str]) -> str:
    """Write why nothing was asked, with objectives called by their names."""
    words = one.because
    for sla, title in titles.items():
        words = words.replace(f"“{sla.replace('-', ' ')}”", f"“{title}”")
    return told(words)
