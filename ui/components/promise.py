"""How a promise stands, in words: what is left of it, or how long ago it broke."""

from datetime import UTC, datetime, timedelta
from html import escape

from ui.components.state import mark, tone
from ui.components.style import colours
from ui.display import TIMES, moment, remaining, sentence
from ui.records import SlaUse

WHOLE = 100.0
MOST_TIMES = 10.0
SEEN_LATER = timedelta(hours=1)
RUNNING = ("on_track", "at_risk", "breached", "late", "absent")


def standing_words(sla: SlaUse, at: datetime) -> str:
    """Write a running promise in a few letters: ◆ 32 d over."""
    if sla.due_at is None or sla.state not in RUNNING:
        return mark(sla.state) if sla.state else "○ No limit"
    return mark(sla.state, remaining(sla.due_at, at))


def used_words(percent: float | None) -> str:
    """Write a share that a person can take in: 62%, 4.2 times; beyond ten times, nothing."""
    if percent is None or percent >= WHOLE * MOST_TIMES:
        return ""
    if percent <= WHOLE:
        return f"{percent:.0f}% of the time used"
    return f"{percent / WHOLE:.1f}{TIMES} the time allowed"


def promise_html(name: str, sla: SlaUse, opened_at: datetime | None) -> str:
    """Write one promise: what it is, a bar up to its limit, by when, and what is left."""
    wide = min(max(sla.used_percent or 0.0, 0.0), WHOLE)
    shade = tone(sla.state)
    left = remaining(sla.due_at, datetime.now(UTC)) if sla.state in RUNNING else ""
    share = used_words(sla.used_percent) if left else sentence(sla.state or "")
    by = f"by {moment(sla.due_at)}" if sla.due_at else ""
    parts = " · ".join(part for part in (by, share) if part)
    since = (
        f'<div class="cp-muted">Counted from {moment(sla.started_at)}, when it was first '
        "seen here; it is older than that.</div>"
        if sla.started_at and opened_at and sla.started_at - opened_at > SEEN_LATER
        else ""
    )
    return (
        f'<div class="cp-promise"><div class="cp-split"><span>{escape(name)}</span>'
        f'<b style="color:{colours().words(shade)};white-space:nowrap">{escape(left)}</b></div>'
        f'<div class="cp-bar" role="img" aria-label="{escape(share)}">'
        f'<i style="width:{wide:.0f}%;background:{colours().fill(shade)}"></i></div>'
        f'<div class="cp-muted">{escape(parts)}</div>{since}</div>'
    )
