import pytest

from ui.components.state import SHAPES, TONE_OF, chip, mark
from ui.theme import BADGES, DARK, LIGHT, Palette, contrast, heat, legible, luminance, palette

LEGIBLE = 4.5
HALF = 0.5
TONES = ("ok", "risk", "breach", "none")


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("tone", TONES)
def test_the_word_of_a_state_reads_on_its_chip_and_on_the_card(colours: Palette, tone: str):
    assert contrast(colours.words(tone), colours.back(tone)) >= LEGIBLE
    assert contrast(colours.words(tone), colours.card) >= LEGIBLE


@pytest.mark.parametrize("tone", TONES)
def test_the_word_on_a_chip_in_a_grid_reads_in_the_ink_that_the_grid_chooses(tone: str):
    ink = "#000000" if luminance(BADGES[tone]) > HALF else "#FFFFFF"
    assert contrast(ink, BADGES[tone]) >= LEGIBLE


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("share", [0.0, 0.05, 0.12, 0.2, 0.25, 1.0])
def test_a_tile_of_any_heat_has_a_legible_text(colours: Palette, share: float):
    fill = heat(colours, share)
    assert contrast(legible(fill), fill) >= LEGIBLE


def test_amber_on_white_is_too_weak_for_words_and_is_never_used_for_them():
    assert contrast(LIGHT.risk, LIGHT.card) < 3
    assert LIGHT.words("risk") != LIGHT.risk


def test_a_state_is_told_by_shape_and_word_and_not_by_colour_alone():
    assert mark("absent") == "◆ Absent"
    assert mark("at_risk") == "▲ At risk"
    assert len(set(SHAPES.values())) == len(SHAPES)


def test_a_state_that_nobody_knows_is_neither_good_nor_bad():
    assert mark("frobnicated") == "○ Frobnicated"
    assert mark(None) == "○ Unknown"
    assert "frobnicated" not in TONE_OF


def test_a_chip_escapes_its_word():
    assert "<script>" not in chip("open", "<script>alert(1)</script>")


def test_the_light_palette_is_the_one_without_a_name():
    assert palette(None) is LIGHT
    assert palette("dark") is DARK
