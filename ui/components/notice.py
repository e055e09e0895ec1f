"""What stands where data would, why there is none, and what became of an act."""

from collections.abc import Callable
from functools import wraps
from html import escape
from typing import ParamSpec

import msgspec
import streamlit as st

from ui.client import (
    ApiError,
    MissingError,
    RefusedError,
    UnreachableError,
    UnreadableError,
    answered_at,
    forget,
)

Drawn = ParamSpec("Drawn")

HEADINGS: dict[type[ApiError], tuple[str, str]] = {
    UnreachableError: ("We cannot reach the data right now.", ":material/cloud_off:"),
    UnreadableError: ("The API answered something this app cannot read.", ":material/translate:"),
    RefusedError: ("The API refused.", ":material/block:"),
    MissingError: ("What the screen asked for is not there.", ":material/link_off:"),
}


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The one button of an empty place."""

    label: str
    icon: str
    act: Callable[[], None]


def empty(title: str, why: str, offer: Offer, *, key: str, height: int = 300) -> None:
    """Say that there is nothing, why, and offer one button."""
    with st.container(
        border=True,
        key=f"card_{key}",
        height=height,
        horizontal_alignment="center",
        vertical_alignment="center",
    ):
        st.html(
            f'<div class="cp-empty"><div aria-hidden="true">◌</div><b>{escape(title)}</b><br>'
            f'<span class="cp-muted">{escape(why)}</span></div>',
            width="content",
        )
        st.button(offer.label, key=f"{key}_do", icon=offer.icon, on_click=offer.act)


def broken_link(what: str) -> None:
    st.warning(
        f"**{what}** does not exist, or you may not see it. The link may be old.",
        icon=":material/link_off:",
    )


def say(words: str, *, icon: str = ":material/check:") -> None:
    """
    Keep *words* for the next `tell`.

    A callback draws nothing: what it draws in the rerun of a fragment takes the place of the
    app's first elements, and the style sheet is the first of them.
    """
    st.session_state.setdefault("said", []).append((words, icon))


def refuse(error: ApiError) -> None:
    say(f"Not done: {error}", icon=":material/error:")


def tell() -> None:
    """Draw what was said since; the body of a screen or of a fragment calls this."""
    for words, icon in st.session_state.pop("said", []):
        st.toast(words, icon=icon)


def told(key: str) -> Callable[[Callable[Drawn, None]], Callable[Drawn, None]]:
    """Tell what was done; let a pane that the API does not answer say so, the others go on."""

    def guard(draw: Callable[Drawn, None]) -> Callable[Drawn, None]:
        @wraps(draw)
        def guarded(*args: Drawn.args, **kwargs: Drawn.kwargs) -> None:
            tell()
            try:
                draw(*args, **kwargs)
            except ApiError as error:
                failed(error, key=f"{key}_retry")

        return guarded

    return guard


def failed(error: ApiError, *, key: str = "retry") -> None:
    """Say what failed and offer to try again."""
    heading, icon = HEADINGS.get(type(error), ("The question failed.", ":material/error:"))
    at = answered_at()
    fresh = f" The last answer came at {at:%H:%M:%S} UTC." if at else ""
    st.error(
        f"**{heading}** {error}{fresh} What you see may be missing; nothing you did is lost.",
        icon=icon,
    )
    st.button("Try again", key=key, icon=":material/refresh:", shortcut="Enter", on_click=forget)
