"""Titles of screens and cards."""

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
