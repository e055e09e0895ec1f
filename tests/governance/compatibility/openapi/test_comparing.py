"""What two documents mean, not how they are written, is compared."""

from typing import Any

import pytest
from openapi_changes import (
    LATER,
    NOTICE,
    TODAY,
    api,
    changes,
    parameter,
    request_body,
    response_body,
    rules,
    within,
)

from governance.compatibility.comparison import concluded
from governance.compatibility.openapi import report, tracing

TEXT = {"type": "string"}
SHORT, LONG = TEXT | {"maxLength": 5}, TEXT | {"maxLength": 9}


def found(old: Any, new: Any) -> list[tuple[str, str, str, str]]:
    told = changes(old, new)
    return [(one.level, one.rule, one.path, one.pointer) for one in told if one.level != "info"]


def test_a_finding_says_what_changed_where_and_from_what_to_what():
    told = changes(request_body(within(LONG)), request_body(within(SHORT)))
    assert concluded(told).verdict == "incompatible"
    assert told[0].message == "request body (application/json) total: maxLength went from 9 to 5"
    assert told[0].id == (
        "request-property-max-length-decreased:POST /orders:request body (application/json) total"
    )
    assert (told[0].path, told[0].before, told[0].after) == ("POST /orders", 9, 5)
    assert told[0].pointer == (
        "/paths/~1orders/post/requestBody/content/application~1json/schema"
        "/properties/total/maxLength"
    )


def test_a_path_whose_parameter_was_renamed_is_the_same_path():
    def order(name: str, schema: Any) -> Any:
        described = {"name": name, "in": "path", "required": True, "schema": schema}
        operation = api()["paths"]["/orders"]["post"] | {"parameters": [described]}
        return api(paths={f"/orders/{{{name}}}": {"get": operation}})

    assert found(order("id", LONG), order("order", LONG)) == []
    assert [rule for _, rule, _, _ in found(order("id", LONG), order("order", SHORT))] == [
        "request-parameter-max-length-decreased"
    ]


@pytest.mark.parametrize(
    "written",
    [
        {"type": "string", "nullable": True},
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        {"oneOf": [{"type": "null"}, {"type": "string"}]},
    ],
)
def test_what_may_be_null_may_be_written_in_several_ways(written: Any):
    either = {"type": "string", "nullable": True}
    assert rules(response_body(written), response_body(either)) == set()
    assert "response-body-became-nullable" in rules(response_body(TEXT), response_body(written))


def test_an_exclusive_bound_of_3_0_is_the_number_of_3_1():
    flag = {"maximum": 5, "exclusiveMaximum": True}
    assert rules(request_body(flag), request_body({"exclusiveMaximum": 5})) == set()


def test_a_schema_moved_to_the_components_is_the_same_schema():
    moved = request_body({"$ref": "#/components/schemas/Order"})
    moved["components"] = {"schemas": {"Order": within(TEXT)}}
    assert rules(request_body(within(TEXT)), moved) == set()


def test_a_property_that_moved_into_a_branch_that_always_applies_is_still_there():
    whole = within(TEXT, required=["total"])
    moved = {"type": "object", "allOf": [whole]}
    assert "response-required-property-removed" not in rules(
        response_body(whole), response_body(moved)
    )


def test_a_change_deep_in_a_component_is_told_of_every_operation_that_has_it():
    def shared(schema: Any) -> Any:
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}
        sent = {"requestBody": {"content": content}, "responses": {}}
        return api(
            paths={"/orders": {"post": sent, "put": sent}},
            components={
                "schemas": {
                    "Order": within({"$ref": "#/components/schemas/Money"}),
                    "Money": within(schema),
                }
            },
        )

    pointer = "/components/schemas/Money/properties/total/maxLength"
    rule = "request-property-max-length-decreased"
    assert found(shared(LONG), shared(SHORT)) == [
        ("breaking", rule, "PUT /orders", pointer),
        ("breaking", rule, "POST /orders", pointer),
    ]


def test_a_schema_that_contains_itself_is_judged_once():
    def tree(schema: Any) -> Any:
        node = within(schema)
        node["properties"]["children"] = {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Node"},
        }
        root = request_body({"$ref": "#/components/schemas/Node"})
        return root | {"components": {"schemas": {"Node": node}}}

    assert [rule for _, rule, _, _ in found(tree(LONG), tree(SHORT))] == [
        "request-property-max-length-decreased"
    ]


def test_one_value_of_a_query_is_a_list_of_one():
    many = {"type": "array", "items": TEXT}
    assert rules(parameter(TEXT), parameter(many)) == {"request-parameter-type-generalized"}
    assert "request-parameter-type-changed" in rules(parameter(TEXT), parameter({"type": "array"}))


def test_the_default_of_what_is_never_left_out_is_nobodys_concern():
    old, new = (parameter({"default": value}, required=True) for value in (1, 2))
    assert rules(old, new) == set()


def test_what_is_not_sent_may_be_required():
    old = within({"readOnly": True})
    assert rules(request_body(old), request_body(old | {"required": ["total"]})) == set()


@pytest.mark.parametrize("level", ["draft", "alpha"])
def test_what_is_not_stable_yet_may_change_and_go(level: str):
    promised = {"x-stability-level": level}
    narrower = {"parameters": [{"name": "a", "in": "query", "required": True, "schema": TEXT}]}
    assert rules(api(promised), api(promised | narrower)) == set()
    assert rules(api(promised), api(paths={})) == set()


def test_what_was_announced_to_go_by_today_may_go():
    ended = api({"deprecated": True, "x-sunset": TODAY.isoformat()})
    assert rules(ended, api(paths={})) == {"api-path-removed-with-deprecation"}
    later = api({"deprecated": True, "x-sunset": LATER})
    assert concluded(changes(later, api(paths={}))).verdict == "incompatible"


def test_a_deprecation_gives_the_notice_that_is_asked_for():
    gone = {"deprecated": True}
    assert rules(api(), api(gone)) == {"endpoint-deprecated"}
    assert "api-deprecated-sunset-missing" in rules(api(), api(gone), NOTICE)


def test_a_webhook_is_compared_like_an_operation():
    def hook(schema: Any) -> Any:
        sent = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
        return api(webhooks={"paid": {"post": sent}})

    assert found(hook(within(LONG)), hook(within(SHORT)))[0][1:3] == (
        "request-property-max-length-decreased",
        "POST webhook paid",
    )


def test_an_operation_of_a_webhook_that_stays_is_told_when_it_goes():
    one = api(webhooks={"paid": {"get": {}}})
    two = api(webhooks={"paid": {"get": {}, "put": {}}})
    assert [rule for _, rule, _, _ in found(two, one)] == ["api-removed-without-deprecation"]
    assert rules(one, two) == {"endpoint-added"}


def test_a_body_is_accepted_in_the_media_type_that_it_was_sent_in():
    def sent(media_type: str) -> Any:
        return request_body(TEXT, media_type)

    assert rules(sent("application/json"), sent("application/*")) == set()
    assert "request-body-media-type-removed" in rules(
        sent("application/json"), sent("application/vnd.firm+json")
    )


def test_a_level_of_stability_that_there_is_not_is_told():
    wrong = request_body(within(TEXT | {"x-stability-level": "rocky"}))
    assert "api-invalid-stability-level" in rules(request_body(within(TEXT)), wrong)


def test_what_cannot_be_judged_is_not_called_compatible():
    told = changes(request_body(TEXT), request_body({"$ref": "#/components/schemas/Gone"}))
    assert concluded(told).verdict == "not_evaluated"


def test_a_change_that_very_many_places_of_a_body_share_is_told_of_some_and_of_others():
    def shared(schema: Any) -> Any:
        every = {f"p{n}": {"$ref": "#/components/schemas/Money"} for n in range(30)}
        root = request_body({"type": "object", "properties": every})
        return root | {"components": {"schemas": {"Money": schema}}}

    told = [one.message for one in changes(shared(LONG), shared(SHORT)) if one.level == "breaking"]
    assert len(told) == 21
    assert told[-1] == "other places Money: maxLength went from 9 to 5"


def test_a_change_that_very_many_operations_share_is_told_of_some_and_counted(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(report, "MAX_PLACES", 3)

    def shared(schema: Any) -> Any:
        sent = parameter({"$ref": "#/components/schemas/Money"})["paths"]["/orders"]
        every = {f"/orders/{n}": sent for n in range(5)}
        return api(paths=every, components={"schemas": {"Money": schema}})

    told = [one.message for one in changes(shared(LONG), shared(SHORT)) if one.level == "breaking"]
    assert told == [
        *["query parameter state: maxLength went from 9 to 5"] * 3,
        "maxLength went from 9 to 5: so it is at 2 more places",
    ]


def test_of_too_many_changes_the_rest_is_not_evaluated(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(report, "MAX_FINDINGS", 3)
    old, new = ({"enum": [f"{side}{n}" for n in range(9)]} for side in "ab")
    told = changes(response_body(old), response_body(new))
    assert [one.rule for one in told][3:] == ["comparison-incomplete"]


def test_schemas_that_lead_to_each_other_in_many_ways_are_compared_in_bounded_time(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(tracing, "MAX_STEPS", 200)

    def woven(schema: Any) -> Any:
        names = [f"S{n}" for n in range(25)]
        every = {one: {"$ref": f"#/components/schemas/{one}"} for one in names}
        whole = {"type": "object", "properties": every | {"total": schema}}
        document = request_body({"$ref": "#/components/schemas/S0"})
        return document | {"components": {"schemas": dict.fromkeys(names, whole)}}

    told = changes(woven(LONG), woven(SHORT))
    assert {one.rule for one in told if one.level == "breaking"} == {
        "request-property-max-length-decreased"
    }
    assert len(told) < 1000


@pytest.mark.parametrize("opened", [api({"security": []}), api({"security": [{"k": []}, {}]})])
def test_an_operation_that_anybody_could_call_wants_credentials_of_the_whole_api(opened: Any):
    whole = {"security": [{"k": []}]}
    assert "api-security-became-required" in rules(opened | whole, api() | whole)
    assert "api-security-became-required" not in rules(api() | whole, opened | whole)


def test_a_parameter_that_is_left_one_value_of_its_list_breaks():
    found = rules(parameter({"enum": ["a", "b"]}), parameter({"const": "a"}))
    assert "request-parameter-const-added" in found
