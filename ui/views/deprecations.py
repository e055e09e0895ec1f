"""Versions that end, the earliest first: how long they stay, and who keeps them from going."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape

import streamlit as st

from ui.client import read
from ui.components import heading, notice
from ui.components.state import chip
from ui.display import DASH, day, remaining
from ui.records import Ending, Endings
from ui.views import links, names
from ui.views.shown import link

LIMIT = 500
WHOLE = 100.0
COLUMNS = "grid-template-columns:1.5fr 1.5fr 2fr .7fr .9fr"


def ready(one: Ending, at: datetime) -> bool:
    """Whether a version may be retired: nobody is left without it, and its day has come."""
    return not one.blocked and (one.sunset_at is None or one.sunset_at <= at)


KINDS: Mapping[str, Callable[[Ending, datetime], bool]] = {
    "All": lambda _, __: True,
    "Still needed": lambda one, _: one.blocked,
    "Past its sunset": lambda one, at: one.sunset_at is not None and one.sunset_at <= at,
    "Free to retire": ready,
}


def screen() -> None:
    heading.screen("Deprecations", "Versions that end · who uses them still, and until when")
    board()


@st.fragment(key="deprecations")
@notice.told("deprecations")
def board() -> None:
    items, at = read("/v1/deprecations", Endings, limit=LIMIT).items, datetime.now(UTC)
    if not items:
        notice.empty(
            "Nothing is deprecated",
            "A version that is said to end stands here until it is retired.",
            notice.Offer(
                label="Open the catalogue", icon=":material/schema:", act=links.open_contracts
            ),
            key="no_deprecation",
        )
        links.follow()
        return
    with st.container(border=True, key="card_deprecations"):
        listed(chosen(items, at), at)


def chosen(items: Sequence[Ending], at: datetime) -> Sequence[Ending]:
    """Draw the kinds of what ends, which live in the address; return those of the one chosen."""
    numbers = {name: sum(holds(one, at) for one in items) for name, holds in KINDS.items()}
    links.recall("show", KINDS, "All")
    picked = st.segmented_control(
        "Show",
        list(KINDS),
        required=True,
        format_func=lambda name: f"{name} {numbers[name]}",
        key="show",
        on_change=links.record,
        args=("show",),
        label_visibility="collapsed",
    )
    holds = KINDS[picked or "All"]
    return [one for one in items if holds(one, at)]


def listed(items: Sequence[Ending], at: datetime) -> None:
    head = "".join(
        f'<span class="cp-muted">{word}</span>'
        for word in ("Version", "Stays until", "Used by", "Instead", "Owner")
    )
    rows = "".join(row(one, at) for one in items)
    none = '<div class="cp-body cp-muted">No version is like that.</div>'
    st.html(f'<div class="cp-row cp-head" style="{COLUMNS}">{head}</div>{rows or none}')


def row(one: Ending, at: datetime) -> str:
    address = link(one.subject, one.version, "Readers")
    return (
        f'<a class="cp-row" href="{escape(address, quote=True)}" target="_self" style="{COLUMNS}">'
        f"<span><b>{escape(one.subject)}</b> {escape(one.version)}</span>"
        f"<span>{notice_html(one, at)}</span><span>{users_html(one)}</span>"
        f"<span>{escape(one.successor or DASH)}</span>"
        f"<span>{escape(names.team(one.owner))}</span></a>"
    )


def notice_html(one: Ending, at: datetime) -> str:
    """Write how much of the notice is gone, as a bar, and what is left of it."""
    if one.sunset_at is None:
        return '<span class="cp-muted">no sunset was named</span>'
    begun = one.deprecated_at or at
    whole = (one.sunset_at - begun).total_seconds()
    gone = min(max((at - begun).total_seconds() / whole, 0.0), 1.0) * WHOLE if whole > 0 else WHOLE
    passed = one.sunset_at <= at
    shade = "breach" if passed and one.blocked else "risk" if one.blocked else "ok"
    left = remaining(one.sunset_at, at)
    return (
        f'<div class="cp-split"><span>{day(one.sunset_at)}</span>'
        f'<b style="color:var(--cp-{shade}-text)">{escape(left)}</b></div>'
        f'<div class="cp-bar" style="margin-top:3px" role="img" aria-label="{gone:.0f}% of the '
        f'notice is gone"><i style="width:{gone:.0f}%;background:var(--cp-{shade})"></i></div>'
    )


def users_html(one: Ending) -> str:
    """Write who uses it: those who would be left without it first, then those who need not."""
    seen = [chip("breached", f"{each.system} seen") for each in one.observed]
    stranded = [chip("at_risk", each.system) for each in one.readers if each.stranded]
    others = [chip("none", each.system) for each in one.readers if not each.stranded]
    return " ".join([*seen, *stranded, *others]) or chip("clear", "Nobody")
