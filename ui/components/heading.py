"""Titles of screens and cards."""

from collections.abc import Iterable
from html import escape

import streamlit as st


def screen(title: str, below: str = "") -> None:
    st.html(
        f'<div><h1 class="cp">{escape(title)}</h1>'
        f'<span class="cp-muted">{escape(below)}</span></div>',
        width="content",
    )


def card(title: str, below: str = "") -> None:
    st.html(
        f'<div class="cp-card-title"><h3>{escape(title)}</h3>'
        f'<span class="cp-muted">{escape(below)}</span></div>'
    )


def eyebrow(title: str) -> None:
    st.html(f'<div class="cp-eyebrow">{escape(title)}</div>')


def figures(told: Iterable[tuple[str, str]]) -> None:
    """Write figures beside each other, each beneath its label."""
    cells = "".join(
        f'<span class="cp-muted">{escape(label)}'
        f'<div style="color:var(--cp-text)">{escape(value)}</div></span>'
        for label, value in told
    )
    st.html(f'<div class="cp-figures">{cells}</div>')
