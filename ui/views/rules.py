"""Rules: the rule sets on the left, one with its versions and how its rules fare on the right."""

from collections.abc import Mapping, Sequence

import streamlit as st

from ui.client import read
from ui.components import heading, notice
from ui.components.state import tone
from ui.display import DASH, plural, sentence
from ui.records import RuleSet, RuleSets
from ui.theme import BADGES
from ui.views import ruleset

HEIGHT = 740
TABLE_HEIGHT = 660
STATES = ("active", "shadow", "draft", "retired")


def screen() -> None:
    heading.screen("Rules", "What is asked of every case · drafted, tried, signed off, kept")
    rulesets()


@st.fragment(key="rulesets")
@notice.told("rulesets")
def rulesets() -> None:
    by_state = {state: read("/v1/rulesets", RuleSets, state=state).items for state in STATES}
    items = foremost(by_state)
    if not items:
        notice.without_pack(
            "No rule set is registered",
            "A rule set says what is asked of every case. Install the shipped pack, or one of "
            "your own:",
            key="no_ruleset",
        )
        return
    left, right = st.columns([1.05, 1.15], gap="small")
    with left.container(border=True, key="card_rulesets", height=HEIGHT):
        listed(items, by_state)
    name = st.query_params.get("ruleset") or (items[0].ruleset if items else None)
    if name:
        with right:
            ruleset.pane(name, next((one for one in items if one.ruleset == name), None))


def foremost(by_state: Mapping[str, Sequence[RuleSet]]) -> list[RuleSet]:
    """Return each rule set once, in the version that counts most, by its title."""
    found: dict[str, RuleSet] = {}
    for state in STATES:
        for one in by_state[state]:
            found.setdefault(one.ruleset, one)
    return sorted(found.values(), key=lambda one: one.title or one.ruleset)


def listed(items: Sequence[RuleSet], by_state: Mapping[str, Sequence[RuleSet]]) -> None:
    words = [sentence(state) for state in STATES]
    coming = {
        one.ruleset: f"{one.version} {state}"
        for state in ("draft", "shadow")
        for one in by_state[state]
    }
    key = f"rulesets_{len(items)}"
    st.dataframe(
        {
            "title": [one.title or one.ruleset for one in items],
            "state": [[sentence(one.state)] for one in items],
            "version": [one.version for one in items],
            "coming": [
                coming.get(one.ruleset, DASH) if one.state == "active" else DASH for one in items
            ],
            "rules": [len(one.rules) for one in items],
            "owner": [one.owner or DASH for one in items],
        },
        key=key,
        hide_index=True,
        height=min(TABLE_HEIGHT, 40 + 31 * len(items)),
        row_height=31,
        selection_mode="single-cell",
        on_select=lambda: chosen(key, items),
        alt=plural(len(items), "rule set"),
        column_config={
            "title": st.column_config.TextColumn("Rule set", width=250),
            "state": st.column_config.MultiselectColumn(
                "State", options=words, color=[BADGES[tone(s)] for s in STATES], width=80
            ),
            "version": st.column_config.TextColumn("Version", width=62),
            "coming": st.column_config.TextColumn("Coming", width=92),
            "rules": st.column_config.NumberColumn("Rules", width=50),
            "owner": st.column_config.TextColumn("Owner", width=76),
        },
    )


def chosen(key: str, items: Sequence[RuleSet]) -> None:
    cells = st.session_state[key].selection.cells
    if cells and cells[0][0] < len(items):
        st.query_params["ruleset"] = items[cells[0][0]].ruleset
