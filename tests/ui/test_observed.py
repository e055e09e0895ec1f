"""What was observed of a contract, and of the flows between systems, as it is shown."""

from ui.charts import kept
from ui.records import Drifted, Integration, MasteredEntity, ObservedDay, ObservedProducer
from ui.theme import LIGHT
from ui.views.integrations import gaps_html, row
from ui.views.mastery import attribute_html
from ui.views.observed import drift_html, producer_html

DAYS = (
    ObservedDay(day="2026-03-02", valid=3, refused=1, share=0.75),
    ObservedDay(day="2026-03-03", valid=2, share=1.0),
)


def test_refused_events_stand_above_those_that_kept_the_contract():
    drawn = kept.figure(DAYS, LIGHT)
    assert [list(trace.y) for trace in drawn.data] == [[3, 2], [1, 0]]
    assert drawn.data[0].hovertext[0] == "2026-03-02: 75.0% of 4 kept it"
    assert "2026-03-02: 3 kept it, 1 refused" in kept.alt(DAYS)


def test_a_producer_that_nobody_declared_is_marked():
    told = producer_html(ObservedProducer(source="/firm/sheets", system="sheets", valid=1))
    assert "▲ Not declared" in told
    assert "nobody said who owns it" in told


def test_drift_of_every_kind_is_told_and_no_name_becomes_markup():
    told = drift_html(Drifted(id="field-undeclared", pointer="/<b>", message="it came"))
    assert "▲ Not declared" in told
    assert "/&lt;b&gt;" in told


def test_a_flow_without_a_gap_says_so_and_the_gravest_are_marked():
    assert "● None" in gaps_html(Integration())
    assert "◆ Code unsupported" in gaps_html(Integration(gaps=("code-unsupported",)))
    assert "○ Code unknown" in gaps_html(Integration(gaps=("code-unknown",)))


def test_what_no_contract_speaks_of_leads_to_no_contract():
    stray = Integration(subject="tmp.thing", producer="sheets", gaps=("no-contract",), events=2)
    told = row(stray)
    assert "<a " not in told
    assert "2 events" in told


def test_the_record_of_an_attribute_stands_under_its_system():
    one = MasteredEntity(entity="customer", attributes={"name": "crm"}, strayed={"name": 2})
    told = attribute_html(one, "name", ["crm", "erp"], "")
    assert told.index("Record") < told.index("·")
    assert "◆ 2 told by others" in told
