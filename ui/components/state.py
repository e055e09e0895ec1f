"""One state, one shape: ● well, ▲ soon, ◆ broken, ✓ met, ○ neither; always with its word."""

from html import escape

from ui.display import sentence

SHAPES = {"ok": "●", "risk": "▲", "breach": "◆", "none": "○"}
OWN_SHAPES = {"met": "✓"}

TONES = {
    "ok": (
        "on_track",
        "running",
        "passed",
        "clear",
        "published",
        "resolved",
        "completed",
        "compatible",
        "info",
        "active",
        "reconciled",
    ),
    "risk": (
        "at_risk",
        "warned",
        "warning",
        "paused",
        "draft",
        "in_review",
        "approved",
        "acknowledged",
        "not_evaluated",
        "shadow",
        "not_checked",
        "timing",
        "missed",
        "asked",
        "stale",
    ),
    "breach": (
        "breached",
        "late",
        "absent",
        "failed",
        "blocked",
        "breaking",
        "error",
        "breaks",
        "missing",
        "value",
        "duplicate",
    ),
}

TONE_OF = {state: tone for tone, states in TONES.items() for state in states}


def tone(state: str | None) -> str:
    """Return the palette's name for *state*: ok, risk, breach or none."""
    return TONE_OF.get(state or "", "none")


def mark(state: str | None, word: str | None = None) -> str:
    """Write *state* as plain text: ▲ At risk."""
    shape = OWN_SHAPES.get(state or "", SHAPES[tone(state)])
    return f"{shape} {word or sentence(state or 'unknown')}"


def chip(state: str | None, word: str | None = None) -> str:
    """Write *state* as HTML."""
    return f'<span class="cp-chip cp-{tone(state)}">{escape(mark(state, word))}</span>'
