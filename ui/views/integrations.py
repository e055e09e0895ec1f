"""Integrations: which system tells which other what, how much it matters, and what is not known."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from ui.client import read
from ui.components import heading, notice
from ui.components.state import chip
from ui.display import day, plural, sentence
from ui.records import Integration, Integrations
from ui.views import links, names
from ui.views.shown import link

LIMIT = 500
COLUMNS = "grid-template-columns:1.1fr 1.5fr .9fr 1.1fr 1fr 1.7fr"
GRAVE = frozenset({"code-unsupported", "undeclared-producer", "no-contract"})
MILD = frozenset({"not-watched", "code-unknown", "no-consumer"})


def screen() -> None:
    heading.screen("Integrations", "Who tells whom what · declared, observed, and where one lacks")
    board()


@st.fragment(key="integrations")
@notice.told("integrations")
def board() -> None:
    every = read("/v1/integrations", Integrations, limit=LIMIT)
    if not every.items:
        notice.empty(
            "No contract is in force",
            "Every published contract stands here with the systems on either side of it.",
            notice.Offer(
                label="Open the catalogue", icon=":material/schema:", act=links.open_contracts
            ),
            key="no_integration",
        )
        links.follow()
        return
    with st.container(border=True, key="card_integrations"):
        gap, system = narrowed(every)
        found = read("/v1/integrations", Integrations, gap=gap, system=system, limit=LIMIT)
        told(found, gap)
        listed(found.items)


def narrowed(every: Integrations) -> tuple[str | None, str | None]:
    """Draw what narrows the list, which lives in the address; return it."""
    systems = sorted({s for one in every.items for s in (one.producer, one.consumer) if s})
    links.recall("gap", every.gaps)
    with st.container(horizontal=True, vertical_alignment="center"):
        gap = st.pills(
            "Gap",
            sorted(every.gaps, key=lambda name: (-every.gaps[name], name)),
            format_func=lambda name: f"{sentence(name.replace('-', ' '))} {every.gaps[name]}",
            key="gap",
            on_change=links.record,
            args=("gap",),
            label_visibility="collapsed",
        )
        system = st.selectbox(
            "System",
            [None, *systems],
            format_func=lambda name: name or "Every system",
            key="system",
            label_visibility="collapsed",
            width=180,
        )
    return gap, system


def told(found: Integrations, gap: str | None) -> None:
    shown = plural(found.total or len(found.items), "flow")
    meaning = f" · {found.meaning.get(gap, '')}" if gap else ""
    st.html(f'<span class="cp-muted">{escape(shown + meaning)}</span>')


def listed(items: Sequence[Integration]) -> None:
    head = "".join(
        f'<span class="cp-muted">{word}</span>'
        for word in ("From → to", "Contract", "Criticality", "Owner", "Observed, 30 days", "Gaps")
    )
    st.html(
        f'<div class="cp-row cp-head" style="{COLUMNS}">{head}</div>'
        + "".join(row(one) for one in items)
    )


def row(one: Integration) -> str:
    return (
        f'<div class="cp-row" style="{COLUMNS}">'
        f"<span><b>{escape(one.producer or 'nobody')}</b> → "
        f"{escape(one.consumer or 'nobody')}</span>"
        f"<span>{contract_html(one)}</span>"
        f"<span>{escape(sentence(one.criticality or 'unknown'))}</span>"
        f"<span>{escape(names.team(one.owner) if one.owner else 'Nobody')}</span>"
        f"<span>{observed_html(one)}</span><span>{gaps_html(one)}</span></div>"
    )


def contract_html(one: Integration) -> str:
    if "no-contract" in one.gaps:
        return f"{escape(one.subject)}"
    code = f'<br><span class="cp-muted">by {escape(one.code)}</span>' if one.code else ""
    address = link(one.subject, "", "Observed").replace("&version=", "")
    name = f'<a href="{escape(address, quote=True)}" target="_self">{escape(one.subject)}</a>'
    return f'<span class="cp-fact" style="border:0;padding:0;margin:0">{name}</span>{code}'


def observed_html(one: Integration) -> str:
    if one.kind == "api":
        return '<span class="cp-muted">not watched</span>'
    if not one.events:
        return '<span class="cp-muted">nothing came</span>'
    seen = f", {plural(one.seen, 'step')} followed" if one.seen else ""
    return (
        f'<span class="cp-num">{plural(one.events, "event")}</span>'
        f'<br><span class="cp-muted">last {day(one.last_at)}{seen}</span>'
    )


def gaps_html(one: Integration) -> str:
    chips = [
        chip(
            "breached" if name in GRAVE else "none" if name in MILD else "at_risk",
            sentence(name.replace("-", " ")),
        )
        for name in one.gaps
    ]
    return " ".join(chips) or chip("clear", "None")
