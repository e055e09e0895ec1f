"""From a figure of the case to the events and spans behind it."""

from collections.abc import Sequence

import streamlit as st

from ui.client import read
from ui.components import choice, heading, notice
from ui.display import DASH, moment, money, sentence, several
from ui.records import Case, FigureLine, Lineage, NamedFigure
from ui.zone import zone_name

MOST = 200


@st.fragment(key="lineage")
@notice.told("lineage")
def card(case: Case) -> None:
    """Let the reader choose a figure, and list what it is made of."""
    figures = {one.name: f"{sentence(one.name)} {several(one.amounts)}" for one in case.chain}
    figures |= {one.name: f"{one.title} {several(one.amounts)}" for one in case.balances}
    figures = {name: title for name, title in figures.items() if not title.endswith(DASH)}
    if not figures:
        return
    with st.container(border=True, key="card_lineage"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            heading.card("Where a figure comes from")
            chosen = choice.select("Figure", figures, name="figure", width=300)
        found = read(f"/v1/instances/{case.id}/lineage", Lineage, figure=chosen, limit=MOST)
        if found.formula:
            st.html(f'<span class="cp-muted">{made_of(found)}</span>')
        if found.lines:
            table(found.lines)
        else:
            st.html('<span class="cp-muted">Nothing was reported that counts here.</span>')


def made_of(found: Lineage) -> str:
    """Write the formula with the amounts of its figures below each other."""
    named = ", ".join(f"{one.name} {several(one.amounts)}" for one in found.of)
    return f"{found.formula} · {named}"


def table(lines: Sequence[FigureLine]) -> None:
    told = [(line, event) for line in lines for event in line.events]
    st.dataframe(
        {
            "Counts in": [sentence(line.figure) for line, _ in told],
            "What": [f"{sentence(line.type)} {line.key}" for line, _ in told],
            "Counts for": [money(line.amount) for line, _ in told],
            f"When ({zone_name()})": [moment(event.at) for _, event in told],
            "Event": [event.type for _, event in told],
            "Said": [money(event.says) for _, event in told],
            "System": [event.service or event.source for _, event in told],
            "Trace": [event.trace_id or DASH for _, event in told],
            "Span": [event.span_id or DASH for _, event in told],
        },
        hide_index=True,
        row_height=31,
        height=min(420, 40 + 31 * len(told)),
        alt="Entities that count in the figure, and the events behind each",
    )


def balances(those: Sequence[NamedFigure]) -> None:
    """List what stands between the steps of the money chain."""
    told = [one for one in those if one.amounts]
    if told:
        st.html(
            '<div class="cp-facts cp-two">'
            + "".join(f"<span>{one.title}</span><b>{several(one.amounts)}</b>" for one in told)
            + "</div>"
        )
