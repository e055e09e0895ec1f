"""The calibration of forecasts as a picture: what was said against what came."""

from collections.abc import Iterator, Mapping, Sequence

SIDE, EDGE = 480, 56
LARGEST = 14.0
TEXT = 'font-family="sans-serif" font-size="12"'


def drawn(bins: Sequence[Mapping[str, float]]) -> str:
    """Return an SVG: a dot a bin, the larger the more forecasts; on the line is as said."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" {TEXT}>'
    ground = '<rect width="100%" height="100%" fill="white"/>'
    return "\n".join([head, ground, *_axes(), *_dots(bins), "</svg>"])


def _axes() -> Iterator[str]:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = _place(share, share)
        yield f'<text x="{x}" y="{SIDE - EDGE + 18}" text-anchor="middle">{share:.0%}</text>'
        yield f'<text x="{EDGE - 8}" y="{y + 4}" text-anchor="end">{share:.0%}</text>'
    low, high = _place(0, 0), _place(1, 1)
    yield (
        f'<rect x="{low[0]}" y="{high[1]}" width="{high[0] - low[0]}" '
        f'height="{low[1] - high[1]}" fill="none" stroke="#DDE2EA"/>'
    )
    yield (
        f'<line x1="{low[0]}" y1="{low[1]}" x2="{high[0]}" y2="{high[1]}" '
        'stroke="#5A6577" stroke-dasharray="4 4"/>'
    )
    middle = SIDE / 2
    yield f'<text x="{middle}" y="{SIDE - 14}" text-anchor="middle">chance that was said</text>'
    yield (
        f'<text x="16" y="{middle}" text-anchor="middle" '
        f'transform="rotate(-90 16 {middle})">share that broke</text>'
    )


def _dots(bins: Sequence[Mapping[str, float]]) -> Iterator[str]:
    most = max((one["forecasts"] for one in bins), default=1)
    for one in bins:
        x, y = _place(one["said"], one["broke"])
        size = 3 + LARGEST * (one["forecasts"] / most) ** 0.5
        told = f"{one['forecasts']:,} forecasts: said {one['said']:.1%}, broke {one['broke']:.1%}"
        yield (
            f'<circle cx="{x}" cy="{y}" r="{size:.1f}" fill="#2F5BD0" fill-opacity="0.6">'
            f"<title>{told}</title></circle>"
        )


def _place(said: float, broke: float) -> tuple[float, float]:
    room = SIDE - 2 * EDGE
    return (round(EDGE + said * room, 1), round(SIDE - EDGE - broke * room, 1))
