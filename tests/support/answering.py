"""What a page shows of an answer, against the answer that came."""

from typing import Any

LEFT_OUT = "…"


def shown_in(shown: Any, answered: Any, at: str = "") -> list[str]:
    """Return where *answered* is not as *shown*; a member `…` stands for what is left out."""
    if isinstance(shown, dict) and isinstance(answered, dict):
        differing = [] if LEFT_OUT in shown or set(shown) == set(answered) else [f"{at}: members"]
        for name, value in shown.items():
            if name != LEFT_OUT:
                differing += shown_in(value, answered.get(name), f"{at}/{name}")
        return differing
    if isinstance(shown, list) and isinstance(answered, list) and len(shown) == len(answered):
        pairs = enumerate(zip(shown, answered, strict=True))
        return [one for i, (a, b) in pairs for one in shown_in(a, b, f"{at}/{i}")]
    return [] if shown == answered else [f"{at}: {answered!r} is not {shown!r}"]
