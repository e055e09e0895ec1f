from hypothesis import given
from hypothesis import strategies as st

from controlplane.pipeline.joining import Joining

GROUPS = st.lists(
    st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3, unique=True),
    min_size=1,
    max_size=8,
)


def cases(groups: list[list[str]]) -> set[frozenset[str]]:
    joining: Joining[str] = Joining()
    for group in groups:
        joining.join(group)
    return {frozenset(group) for group in joining.groups()}


def test_keys_found_together_are_one_case():
    assert cases([["O-1"], ["P-1", "E-1"], ["O-1", "P-1"], ["E-2"]]) == {
        frozenset({"E-1", "O-1", "P-1"}),
        frozenset({"E-2"}),
    }


@given(GROUPS, st.data())
def test_keys_join_to_the_same_cases_in_any_order_and_however_often(
    groups: list[list[str]], data: st.DataObject
):
    again = data.draw(st.permutations(groups + data.draw(st.lists(st.sampled_from(groups)))))
    turned = [data.draw(st.permutations(group)) for group in again]
    assert cases(turned) == cases(groups)


@given(GROUPS)
def test_every_key_of_a_case_leads_to_the_same_root(groups: list[list[str]]):
    joining: Joining[str] = Joining()
    for group in groups:
        joining.join(group)
    for group in joining.groups():
        assert len({joining.root(key) for key in group}) == 1
