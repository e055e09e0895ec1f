from hypothesis import given
from hypothesis import strategies as st

from governance.contract.packing import LITTLE, packed, unpacked


@given(st.binary(max_size=50), st.integers(1, 100))
def test_what_was_packed_is_read_back_exactly(piece: bytes, times: int):
    assert unpacked(packed(piece * times)) == piece * times


def test_a_contract_that_repeats_itself_is_written_small():
    assert len(packed(b'{"type": "string"}' * LITTLE)) < LITTLE


def test_a_short_contract_is_written_as_it_is():
    assert packed(b"openapi: 3.1.0") == unpacked(b"openapi: 3.1.0") == b"openapi: 3.1.0"
