import gzip
import zlib

import pytest

from observability.intake.body import inflate, require_utf8
from observability.intake.rejection import UnreadableBodyError

LIMIT = 1_000_000


def refusal(body: bytes, encoding: str = "gzip", limit: int = LIMIT) -> tuple[int, str]:
    with pytest.raises(UnreadableBodyError) as refused:
        inflate(body, encoding, limit)
    return refused.value.refusal.status, refused.value.refusal.type


@pytest.mark.parametrize("encoding", ["gzip", " GZIP "])
def test_gzip_is_read(encoding: str):
    assert inflate(gzip.compress(b"hello", mtime=0), encoding, LIMIT) == b"hello"
    assert inflate(gzip.compress(b""), encoding, LIMIT) == b""
    large = bytes(range(256)) * 3000
    assert inflate(gzip.compress(large), encoding, LIMIT) == large


def test_a_stream_of_several_members_is_one_body():
    assert inflate(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip", LIMIT) == b"one two"


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_a_plain_body_stays_as_it_is(encoding: str):
    assert inflate(b"hello", encoding, LIMIT) == b"hello"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not gzip",
        gzip.compress(b"hello", mtime=0)[:-4],
        gzip.compress(b"hello" * 100, mtime=0)[:15],
        gzip.compress(b"hello", mtime=0) + b"rest",
        gzip.compress(b"hello", mtime=0)[:-8] + b"\0" * 8,
        zlib.compress(b"hello"),
    ],
)
def test_what_is_not_gzip_is_said_to_be_bad(body: bytes):
    assert refusal(body) == (400, "bad-gzip")


def test_a_bomb_is_met_before_it_goes_off():
    bomb = gzip.compress(b"\0" * (LIMIT * 100))
    assert len(bomb) < LIMIT
    assert refusal(bomb) == (413, "too-large")
    assert refusal(gzip.compress(b"x" * 600_000) * 2) == (413, "too-large")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
def test_another_encoding_is_not_supported(encoding: str):
    assert refusal(b"x", encoding) == (415, "unsupported-content-encoding")


def test_text_has_to_be_utf_8():
    require_utf8("€".encode())
    with pytest.raises(UnreadableBodyError) as refused:
        require_utf8(b'{"a":"\xff"}')
    assert refused.value.refusal.type == "not-utf-8"
