"""What waits for the reader: signatures, waivers, versions that may be retired."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

import streamlit as st

from ui.client import read
from ui.components import heading, notice
from ui.components.state import chip
from ui.display import day, plural, remaining
from ui.records import (
    Actor,
    ContractWaiver,
    ContractWaivers,
    Ending,
    Endings,
    WaitingReview,
    WaitingReviews,
)
from ui.views import names, signing
from ui.views.deprecations import ready
from ui.views.shown import link

LIMIT = 500
Named = WaitingReview | ContractWaiver | Ending
ROW = "grid-template-columns:1.6fr 1.4fr auto"


def screen() -> None:
    heading.screen("My work", "What waits for you, and what you wait for")
    lists()


@st.fragment(key="work")
@notice.told("work")
def lists() -> None:
    who = signing.me() or Actor()
    reviews = read("/v1/reviews", WaitingReviews, limit=LIMIT).items
    yours = [one for one in reviews if one.yours]
    others = [one for one in reviews if not one.yours]
    with st.container(key="wide_work"):
        left, right = st.columns(2, gap="small")
    with left:
        card(
            "Waits for your signature",
            "yours",
            [review_row(one, who) for one in yours],
            "No review waits for you." if who.may("steward") else "Stewards sign versions.",
        )
        card(
            "In review",
            "others",
            [review_row(one, who) for one in others],
            "Nothing else is in review.",
        )
    with right:
        asked = read("/v1/waivers", ContractWaivers, standing="asked", limit=LIMIT).items
        waivers = [waiver_row(one) for one in asked]
        card("Waivers asked for", "waivers", waivers, "No waiver is asked for.")
        endings, at = read("/v1/deprecations", Endings, limit=LIMIT).items, datetime.now(UTC)
        free = [ending_row(one) for one in endings if ready(one, at)]
        card("Free to retire", "free", free, "No deprecated version may be retired yet.")


def card(title: str, key: str, rows: Sequence[str], empty: str) -> None:
    with st.container(border=True, key=f"card_{key}"):
        heading.card(title, f"{len(rows):,}" if rows else "")
        st.html("".join(rows) or f'<span class="cp-muted">{escape(empty)}</span>')


def line(one: Named, tab: str, below: str, state: str) -> str:
    address = link(one.subject, one.version, tab)
    return (
        f'<a class="cp-row" href="{escape(address, quote=True)}" target="_self" style="{ROW}">'
        f"<b>{escape(one.subject)} {escape(one.version)}</b>"
        f'<span class="cp-muted">{escape(below)}</span>{state}</a>'
    )


def review_row(one: WaitingReview, who: Actor) -> str:
    signed = one.missing.quorum - one.missing.lacking
    author = "you" if one.author == who.actor else one.names.get(one.author, one.author)
    state = chip(
        "at_risk" if one.missing.lacking else "clear",
        f"{signed} of {one.missing.quorum} signed",
    )
    told = f"by {author} · asked {day(one.requested_at)}"
    return line(one, "Review", told, state)


def waiver_row(one: ContractWaiver) -> str:
    left = remaining(one.expires_at, datetime.now(UTC))
    told = f"{plural(len(one.findings), 'finding')} · {one.reason}"
    state = f'<span class="cp-muted">{escape(names.team(one.owner))} · {escape(left)}</span>'
    return line(one, "Waivers", told, state)


def ending_row(one: Ending) -> str:
    told = f"deprecated {day(one.deprecated_at)}"
    if one.successor:
        told += f" · {one.successor} instead"
    state = chip("clear", "Nobody uses it")
    return line(one, "Readers", told, state)
