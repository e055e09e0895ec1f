"""
Colour means state only, and always stands beside a shape and a word.

Amber on white is 2.58:1, so text in a state's colour uses its own darker ink.
"""

import msgspec

BADGES = {"ok": "#1D5E96", "risk": "#F5C04A", "breach": "#B3261E", "none": "#5A6577"}
"""Fills of the chips in grids, of either theme: a grid writes on them in white or in black."""

LINEAR_BELOW = 0.04045


class Palette(msgspec.Struct, frozen=True, kw_only=True):
    """
    Hex colours of one theme.

    `ok`, `risk`, `breach` and `none` fill shapes; the same name with `_text` writes words,
    with `_back` lies under them.
    """

    name: str
    card: str
    text: str
    muted: str
    line: str
    grid: str
    primary: str
    ink: str
    ok: str
    risk: str
    breach: str
    none: str
    ok_text: str
    risk_text: str
    breach_text: str
    none_text: str
    ok_back: str
    risk_back: str
    breach_back: str
    none_back: str
    heat: tuple[str, str, str]

    def fill(self, state: str) -> str:
        return str(getattr(self, state))

    def words(self, state: str) -> str:
        return str(getattr(self, f"{state}_text"))

    def back(self, state: str) -> str:
        return str(getattr(self, f"{state}_back"))


LIGHT = Palette(
    name="light",
    card="#FFFFFF",
    text="#182233",
    muted="#5A6577",
    line="#DDE2EA",
    grid="#EBEEF3",
    primary="#3A5BC7",
    ink="#FFFFFF",
    ok="#2F7FC1",
    risk="#DC9200",
    breach="#B3261E",
    none="#8C95A4",
    ok_text="#1D5E96",
    risk_text="#8A5A00",
    breach_text="#9B1C16",
    none_text="#5A6577",
    ok_back="#E6F1FA",
    risk_back="#FDF3DC",
    breach_back="#FBE9E7",
    none_back="#EEF0F4",
    heat=("#DCE9F5", "#F4CF85", "#C8453B"),
)

DARK = Palette(
    name="dark",
    card="#121826",
    text="#E6EAF2",
    muted="#9AA6B8",
    line="#263044",
    grid="#1D2536",
    primary="#8DA4EF",
    ink="#0B0F18",
    ok="#5AA9E6",
    risk="#F5C04A",
    breach="#E5484D",
    none="#7C8799",
    ok_text="#8CC4F0",
    risk_text="#F5C04A",
    breach_text="#FF8A84",
    none_text="#9AA6B8",
    ok_back="#16273A",
    risk_back="#2C2716",
    breach_back="#321B20",
    none_back="#1C2434",
    heat=("#1B3450", "#7A5C17", "#A8383C"),
)


def palette(name: str | None) -> Palette:
    return DARK if name == "dark" else LIGHT


def channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def faded(colour: str, opacity: float) -> str:
    red, green, blue = channels(colour)
    return f"rgba({red},{green},{blue},{opacity})"


def between(start: str, end: str, share: float) -> str:
    """Return the colour that lies *share* (0…1) of the way from *start* to *end*."""
    pairs = zip(channels(start), channels(end), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def heat(colours: Palette, share: float) -> str:
    """Return the fill for a *share* breached: from calm at 0 to alarming at a quarter and more."""
    calm, warm, alarming = colours.heat
    level = min(max(share, 0.0) / 0.25, 1.0) * 2
    return between(calm, warm, level) if level < 1 else between(warm, alarming, level - 1)


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2, 0 (black) to 1 (white)."""
    linear = [
        c / 12.92 if c <= LINEAR_BELOW else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2 between two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def legible(fill: str) -> str:
    """Return whichever of the two text colours reads better on *fill*."""
    return max((LIGHT.text, "#FFFFFF"), key=lambda ink: contrast(ink, fill))
