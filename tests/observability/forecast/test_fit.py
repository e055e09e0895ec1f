"""What is kept of a history says the same as the history."""

import random

from observability.forecast.fit import read_history, write_history
from observability.forecast.history import History, Outlook, Walked
from observability.forecast.survival import Lasted

STEPS = ("", "asked", "sent back", "approved")
KINDS = ("5 days|office", "2 hours|")
USED = [place / 40 for place in range(40)]


def walked(draw: random.Random) -> Walked:
    path = sorted((round(draw.uniform(0, 1.5), 2), draw.choice(STEPS)) for _ in range(4))
    return Walked(
        lasted=Lasted(
            used=round(draw.uniform(0, 2), 2),
            kept=draw.random() < 0.7,
            due=draw.random() < 0.8,
        ),
        kind=draw.choice(KINDS),
        weekday=draw.randrange(7),
        path=tuple(path),
    )


def outlooks(history: History) -> list[Outlook | None]:
    return [
        history.outlook(used=used, kind=kind, step=step, weekday=weekday)
        for used in USED
        for kind in KINDS
        for step in STEPS
        for weekday in (0, 4)
    ]


def test_what_is_kept_of_a_history_says_the_same_of_every_clock():
    draw = random.Random(11)
    few, many = ([walked(draw) for _ in range(count)] for count in (50, 700))
    for some in (few, many):
        whole = History(walked=tuple(some))
        kept = read_history(write_history(whole))
        assert outlooks(kept) == outlooks(whole)
        assert kept.base_rate == whole.base_rate
    assert None in outlooks(History(walked=tuple(few)))
    told = {one and one.like for one in outlooks(History(walked=tuple(many)))}
    assert "promise and step" in told


def test_steps_between_two_landmarks_are_not_kept():
    lasted = Lasted(used=0.4, kept=True)
    path = ((0.0, "asked"), (0.06, "looked at"), (0.08, "approved"), (0.9, "too late"))
    (one,) = read_history(
        write_history(History(walked=(Walked(lasted=lasted, kind="k", path=path),)))
    ).walked
    assert one.path == ((0.0, "asked"), (0.1, "approved"))


def test_nothing_is_kept_of_nothing():
    assert read_history(write_history(History(walked=()))) == History(walked=())
