"""The seven modes over a history of versions."""

import json
from datetime import date

import pytest

from governance.compatibility.comparison import Comparison, Terms
from governance.compatibility.modes import Edition, against_history, between
from governance.contract.artifact import Artifact, read_artifact
from governance.contract.catalogue import Compatibility

TERMS = Terms(on=date(2026, 3, 2))


def artifact(**limits: int) -> Artifact:
    schema = {"type": "string", **limits}
    return read_artifact(json.dumps(schema, indent=1).encode(), "application/json")


def history(*longest: int) -> list[Edition]:
    return [
        Edition(version=f"1.{n}.0", artifact=artifact(maxLength=length))
        for n, length in enumerate(longest)
    ]


def checked(mode: Compatibility, now: int, *before: int) -> Comparison:
    return against_history("jsonschema", mode, artifact(maxLength=now), history(*before), TERMS)


@pytest.mark.parametrize(
    ("mode", "wider", "tighter", "wider_than_the_last_only"),
    [
        ("none", "compatible", "compatible", "compatible"),
        ("backward", "compatible", "incompatible", "compatible"),
        ("backward_transitive", "compatible", "incompatible", "incompatible"),
        ("forward", "incompatible", "compatible", "incompatible"),
        ("forward_transitive", "incompatible", "compatible", "incompatible"),
        ("full", "incompatible", "incompatible", "incompatible"),
        ("full_transitive", "incompatible", "incompatible", "incompatible"),
    ],
)
def test_a_mode_says_which_versions_count_and_in_which_direction(
    mode: Compatibility, wider: str, tighter: str, wider_than_the_last_only: str
):
    assert checked(mode, 9, 5, 5).verdict == wider
    assert checked(mode, 3, 5, 5).verdict == tighter
    assert checked(mode, 9, 20, 5).verdict == wider_than_the_last_only


def test_the_first_version_is_held_against_nothing():
    assert checked("full_transitive", 5) == Comparison(verdict="compatible")


def test_a_finding_names_the_version_the_direction_and_the_line():
    [back, forth] = checked("full_transitive", 3, 5).findings
    assert (back.rule, back.direction, back.against) == (
        "MAX_LENGTH_DECREASED",
        "backward",
        "1.0.0",
    )
    assert (back.before, back.after, back.line) == (5, 3, 3)
    assert (forth.rule, forth.direction) == ("MAX_LENGTH_INCREASED", "forward")
    assert (forth.before, forth.after) == (5, 3)
    assert (back.id, forth.id) == (
        "MAX_LENGTH_DECREASED:/maxLength@1.0.0",
        "forward:MAX_LENGTH_INCREASED:/maxLength@1.0.0",
    )


def test_forward_is_backward_the_other_way_round():
    older, newer = artifact(minLength=1), artifact(maxLength=5)
    forth = between("jsonschema", Edition(artifact=older), newer, "forward", TERMS)
    back = between("jsonschema", Edition(artifact=newer), older, "backward", TERMS)
    assert [(one.rule, one.level) for one in forth] == [(one.rule, one.level) for one in back]


def test_what_nobody_compares_is_not_called_compatible():
    older = history(5)[0]
    [finding] = between("graphql", older, artifact(), "backward", TERMS)
    assert (finding.level, finding.against) == ("not_evaluated", "1.0.0")
