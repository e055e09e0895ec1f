"""What stands where data would, why there is none, and what became of an act."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from html import escape
from http import HTTPStatus
from typing import ParamSpec

import msgspec
import streamlit as st

from ui.client import (
    DEFAULT_URL,
    ApiError,
    MissingError,
    RefusedError,
    UnreadableError,
    answered_at,
    api_url,
    forget,
    holds_token,
    read,
)
from ui.display import moment
from ui.records import Readiness

Drawn = ParamSpec("Drawn")

AWAY = "What you see may be missing; nothing you did is lost."
NO_KEY = "The control plane asks for a key. Sign in with yours, at the foot of the sidebar."
MANY = 500
BAD_KEY = (
    "The key is unknown, expired or revoked. Ask an administrator for another and sign in with it."
)


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """What failed and what to do about it."""

    heading: str
    icon: str
    advice: str


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The one button of an empty place."""

    label: str
    icon: str
    act: Callable[[], None]


def empty(title: str, why: str, offer: Offer, *, key: str, height: int = 300) -> None:
    """Say that there is nothing, why, and offer one button."""
    with place(title, why, key=key, height=height):
        st.button(offer.label, key=f"{key}_do", icon=offer.icon, on_click=offer.act)


def without_pack(title: str, why: str, *, key: str) -> None:
    """Say that nothing is in force yet, why that leaves this screen bare, and how to begin."""
    commanded(title, why, f"controlplane pack install professional-services{_there()}", key=key)


def without_events(title: str, why: str, *, key: str) -> None:
    """Say that no event has come yet, and how to see some."""
    commanded(title, why, f"controlplane simulate run{_there()}", key=key)


def commanded(title: str, why: str, command: str, *, key: str) -> None:
    """Say that there is nothing, why, and which *command* changes that."""
    with place(title, why, key=key):
        st.code(command, language="bash", width="content")


@contextmanager
def place(title: str, why: str, *, key: str, height: int = 300) -> Iterator[None]:
    """Draw an empty place that says so and why; what may be done about it is drawn within."""
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
        yield


def _there() -> str:
    return "" if api_url() == DEFAULT_URL else f" --url {api_url()}"


def catching_up() -> None:
    """Say so while much that was sent waits to be read: figures are of a part of it until then."""
    try:
        waiting = read("/health/ready", Readiness).worker_lag or 0
    except ApiError:
        return  # whatever else is read says why
    if waiting >= MANY:
        st.warning(
            f"**{waiting:,} entries** that were sent wait to be read. Until then the figures are "
            "of a part of what happened.",
            icon=":material/hourglass_top:",
        )


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


def trouble(error: ApiError) -> Trouble:
    """Return what to tell of *error*."""
    match error:
        case RefusedError(status=HTTPStatus.UNAUTHORIZED):
            return Trouble(
                heading="The key is not accepted.",
                icon=":material/key_off:",
                advice=BAD_KEY if holds_token() else NO_KEY,
            )
        case RefusedError(status=HTTPStatus.FORBIDDEN):
            return Trouble(
                heading="Your key may not do this.", icon=":material/lock:", advice=str(error)
            )
        case RefusedError():
            return Trouble(
                heading="The API refused.", icon=":material/block:", advice=f"{error} {AWAY}"
            )
        case MissingError():
            return Trouble(
                heading="What the screen asked for is not there.",
                icon=":material/link_off:",
                advice=str(error),
            )
        case UnreadableError():
            return Trouble(
                heading="The API answered something this app cannot read.",
                icon=":material/translate:",
                advice=f"{error} The app and the API may be of different versions.",
            )
        case _:
            return Trouble(
                heading="We cannot reach the data right now.",
                icon=":material/cloud_off:",
                advice=f"{error} {AWAY}",
            )


def failed(error: ApiError, *, key: str = "retry") -> None:
    """Say what failed and offer to try again."""
    told = trouble(error)
    at = answered_at()
    fresh = f" The last answer came at {moment(at)}." if at else ""
    st.error(f"**{told.heading}** {told.advice}{fresh}", icon=told.icon)
    st.button("Try again", key=key, icon=":material/refresh:", shortcut="Enter", on_click=forget)
