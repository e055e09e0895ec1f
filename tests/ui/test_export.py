import csv
import io
from collections.abc import Callable

from ui.export import HEADER, figures_csv
from ui.records import Health, MoneyAtRisk, SlaHealth

Pounds = Callable[..., object]


def lines(health: Health) -> list[list[str]]:
    text = figures_csv(health, "quote-to-cash", "30d").decode()
    return list(csv.reader(io.StringIO(text)))


def test_every_figure_stands_with_its_filters_and_its_unit(gbp: Pounds):
    held = MoneyAtRisk(blocked=(gbp("1234.50"),))
    found = lines(Health(attainment=0.915, cases=3, money=held))
    assert tuple(found[0]) == HEADER
    assert ["quote-to-cash", "30d", "", "process", "attainment", "0.915", "share"] in found
    assert ["quote-to-cash", "30d", "", "exceptions", "blocked", "1234.50", "GBP"] in found


def test_a_figure_that_is_not_known_is_empty_and_no_zero():
    [burn] = [line for line in lines(Health()) if line[4] == "burn"]
    assert burn[5] == ""


def test_a_name_from_outside_is_no_formula_to_a_spreadsheet():
    found = lines(Health(slas=(SlaHealth(sla="=1+1"),)))
    assert {line[3] for line in found if "1+1" in line[3]} == {"'=1+1"}
