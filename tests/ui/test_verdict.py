import pytest

from ui.components.state import chip, mark
from ui.records import Decision, Health
from ui.records.decision import Firing, NotFired
from ui.views.case import verdict
from ui.views.health import promise_figures


def decided(*outcomes: str) -> list[Decision]:
    firings = tuple(Firing(rule="r", outcome=outcome) for outcome in outcomes)
    quiet = (NotFired(rule="quiet", asked="t.x > 1"), NotFired(rule="beside"))
    return [Decision(firings=firings, not_fired=quiet)]


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ((), ("Rules failed", "0 of 1", "text")),
        (("warning",), ("Rules warned", "1 of 2", "risk-text")),
        (("blocked",), ("Rules failed", "1 of 2", "breach-text")),
        (("blocked", "warning"), ("Rules failed", "1 of 3 · 1 warned", "breach-text")),
    ],
)
def test_a_rule_that_warns_has_not_failed(outcomes: tuple[str, ...], words: tuple[str, str, str]):
    assert verdict(decided(*outcomes)) == words


@pytest.mark.parametrize(
    ("attainment", "burn", "state"),
    [(0.97, 0.6, "on_track"), (0.915, 1.7, "at_risk"), (0.8, 4.0, "breached"), (None, None, None)],
)
def test_attainment_and_burn_never_contradict_each_other(
    attainment: float | None, burn: float | None, state: str | None
):
    health = Health(attainment=attainment, target=0.95, burn=burn)
    by_id = {figure.id: figure.state for figure in promise_figures(health)}
    assert by_id["attainment"] == by_id["burn"] == state


def test_a_promise_that_was_met_is_quiet_and_one_on_track_is_not():
    assert mark("met") == "✓ Met"
    assert "cp-none" in chip("met")
    assert "cp-ok" in chip("on_track")
