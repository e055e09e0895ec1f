"""An objective goes to OpenSLO and comes back as it was; an SLO of something else is refused."""

from pathlib import Path

import pytest
import yaml

from observability.objective import Objective, read_objective
from observability.objective.openslo import exported, imported
from rules.document import DocumentError

SLAS = Path("controlplane/packs/professional-services/slas")
SHIPPED = [read_objective(path.read_text()) for path in sorted(SLAS.glob("*.yaml"))]
OWN = """
apiVersion: openslo/v1
kind: DataSource
metadata: {name: prom}
spec: {type: prometheus}
---
# what we promise
apiVersion: openslo/v1
kind: SLO
metadata:
  name: signed-to-activated
  displayName: A signed contract has its project
  labels: {owner: delivery}
spec:
  service: quote-to-cash
  indicator:
    metadata: {name: clocks}
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: controlplane
            spec: {from: [engagement-signed], to: [project-activated], target: {hours: 8}}
        total: {metricSource: {type: controlplane, spec: {clocks: ended}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{targetPercent: 99}]
"""


@pytest.mark.parametrize("objective", SHIPPED, ids=lambda one: one.sla)
def test_what_was_exported_is_imported_as_it_was(objective: Objective):
    [(back, _)] = imported(exported([objective]))
    assert back == objective


def test_an_export_is_openslo_with_a_service_for_each_process():
    documents = list(yaml.safe_load_all(exported(SHIPPED)))
    kinds = [one["kind"] for one in documents]
    assert kinds.count("Service") == len({one.process for one in SHIPPED})
    assert kinds.count("SLO") == len(SHIPPED)
    slo = next(one for one in documents if one["kind"] == "SLO")
    assert slo["apiVersion"] == "openslo/v1"
    assert slo["spec"]["budgetingMethod"] == "Occurrences"
    assert slo["spec"]["objectives"] == [{"target": 0.95}]
    assert set(slo["spec"]["indicator"]["spec"]["ratioMetric"]) == {"counter", "good", "total"}


def test_an_slo_written_by_hand_is_an_objective():
    [(objective, text)] = imported(OWN)
    assert (objective.sla, objective.process) == ("signed-to-activated", "quote-to-cash")
    assert (str(objective.attainment), objective.target.label) == ("0.99", "8 hours")
    assert read_objective(text) == objective


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("type: controlplane\n            spec: {from", "type: p\n            spec: {from"),
            "no clock",
        ),
        (("openslo/v1\nkind: SLO", "openslo/v2\nkind: SLO"), "no openslo/v1"),
        (("metadata:\n  name", "meta:\n  name"), "has its 'metadata'"),
        (("{hours: 8}", "{weeks: 8}"), "weeks"),
        (("targetPercent: 99", "targetPercent: 199"), "attainment"),
    ],
)
def test_an_slo_that_is_no_promise_about_a_process_is_refused_with_its_reason(change, said):
    assert change[0] in OWN
    with pytest.raises(DocumentError, match=said):
        list(imported(OWN.replace(*change)))
