"""The picture of how forecasts came true."""

import xml.etree.ElementTree as ET

from controlplane.cli.calibration_plot import drawn

SVG = "{http://www.w3.org/2000/svg}"


def test_a_bin_is_a_dot_as_large_as_it_has_forecasts_and_on_the_line_when_it_came_as_said():
    bins = [
        {"forecasts": 400, "said": 0.5, "broke": 0.5},
        {"forecasts": 4, "said": 0.9, "broke": 0.2},
    ]
    root = ET.fromstring(drawn(bins))
    one, other = root.findall(f"{SVG}circle")
    assert (one.get("cx"), one.get("cy")) == ("240.0", "240.0")
    assert float(one.get("r", "0")) > float(other.get("r", "0"))
    assert other.findtext(f"{SVG}title") == "4 forecasts: said 90.0%, broke 20.0%"


def test_without_a_forecast_there_is_the_line_alone():
    assert ET.fromstring(drawn([])).findall(f"{SVG}circle") == []
