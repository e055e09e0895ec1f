"""Protobuf is a format of contracts: of events and of APIs, as one text or as files by path."""

import json

import pytest

from controlplane.api.upload import written
from governance.contract.catalogue import KINDS_OF
from governance.contract.versions import Checked, check
from rules.refusal import Refusal

TEXT = b'syntax = "proto3";\n\nmessage Order {\n  Money total = 1;\n}\n'


def test_a_protobuf_contract_may_be_of_events_and_of_an_api():
    assert KINDS_OF["protobuf"] == ("api", "event")


@pytest.mark.parametrize(
    ("content", "media_type", "path"),
    [
        (TEXT, "text/x-protobuf", "schema.proto"),
        (TEXT, "text/plain; charset=utf-8", "schema.proto"),
        (json.dumps({"shop/order.proto": TEXT.decode()}).encode(), "application/json", ""),
    ],
)
def test_what_is_wrong_is_found_in_the_file_and_line_it_is_in(
    content: bytes, media_type: str, path: str
):
    checked = check("protobuf", content, media_type)
    assert isinstance(checked, Checked)
    [finding] = checked.findings
    assert (finding.rule, finding.level) == ("type-unknown", "error")
    assert (finding.path, finding.line) == (path or "shop/order.proto", 4)
    assert finding.message == "Money is not defined"


def test_a_protobuf_document_is_no_yaml():
    assert isinstance(check("protobuf", TEXT, "application/yaml"), Refusal)


def test_text_that_came_inside_json_is_known_by_its_first_word():
    assert written(f"// Orders\n{TEXT.decode()}")[1] == "text/x-protobuf"
    assert written("syntax: yaml")[1] == "application/yaml"
