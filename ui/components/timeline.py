"""Steps one under another, the newest first; every word from outside is escaped."""

from collections.abc import Iterable
from html import escape

import msgspec

from ui.components.state import tone


class Step(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    note: str = ""
    below: str = ""
    state: str | None = None


def step_html(step: Step) -> str:
    below = f'<br><span class="cp-muted">{escape(step.below)}</span>' if step.below else ""
    note = f" {escape(step.note)}" if step.note else ""
    return (
        f'<div class="cp-step t-{tone(step.state)}"><b>{escape(step.title)}</b>{note}{below}</div>'
    )


def timeline_html(steps: Iterable[Step]) -> str:
    return '<div class="cp-line">' + "".join(step_html(step) for step in steps) + "</div>"
