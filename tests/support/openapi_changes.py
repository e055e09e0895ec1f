"""Pairs of small API documents, one for each kind of change that a comparison tells apart."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

from governance.compatibility.openapi.comparing import compare
from governance.compatibility.openapi.lifecycle import Notice
from governance.compatibility.openapi.rules import LEVELS
from governance.contract.finding import Finding

Json = Any
TODAY = date(2026, 11, 21)
SOON, LATER = "2026-11-30", "2027-12-01"
NOTICE = Notice(beta_days=30, stable_days=180)


def changes(old: Json, new: Json, notice: Notice | None = None) -> list[Finding]:
    return compare(old, new, on=TODAY, notice=notice)


def rules(old: Json, new: Json, notice: Notice | None = None) -> set[str]:
    return {finding.rule for finding in changes(old, new, notice)}


def api(operation: Json | None = None, **more: Json) -> Json:
    described = {"responses": {"200": {"description": "done"}}} | (operation or {})
    paths = {"paths": {"/orders": {"post": described}}}
    return {"openapi": "3.1.0", "info": {"title": "Orders", "version": "1.0.0"}} | paths | more


def request_body(schema: Json, media_type: str = "application/json") -> Json:
    return api({"requestBody": {"content": {media_type: {"schema": schema}}}})


def response_body(schema: Json, media_type: str = "application/json") -> Json:
    content = {media_type: {"schema": schema}}
    return api({"responses": {"200": {"description": "done", "content": content}}})


def within(schema: Json, **more: Json) -> Json:
    """Return an object whose property `total` is *schema*."""
    return {"type": "object", "properties": {"total": schema}} | more


def parameter(schema: Json, where: str = "query", **more: Json) -> Json:
    return api({"parameters": [{"name": "state", "in": where, "schema": schema} | more]})


def header(schema: Json, **more: Json) -> Json:
    headers = {"Retry-After": {"schema": schema} | more}
    return api({"responses": {"200": {"description": "done", "headers": headers}}})


POSITIONS: dict[str, Callable[[Json], Json]] = {
    "request-body": request_body,
    "request-property": lambda schema: request_body(within(schema)),
    "response-body": response_body,
    "response-property": lambda schema: response_body(within(schema)),
    "request-parameter": parameter,
    "request-parameter-property": lambda schema: parameter(within(schema)),
    "request-header-property": lambda schema: parameter(within(schema), "header"),
    "response-header": header,
}


def _bounds() -> dict[str, tuple[Json, Json]]:
    found: dict[str, tuple[Json, Json]] = {}
    for keyword, word in (
        ("maximum", "max"),
        ("minimum", "min"),
        ("exclusiveMaximum", "exclusive-max"),
        ("exclusiveMinimum", "exclusive-min"),
        ("maxLength", "max-length"),
        ("minLength", "min-length"),
        ("maxItems", "max-items"),
        ("minItems", "min-items"),
        ("maxContains", "max-contains"),
        ("minContains", "min-contains"),
        ("maxProperties", "max-properties"),
        ("minProperties", "min-properties"),
    ):
        found[f"{word}-increased"] = {keyword: 5}, {keyword: 9}
        found[f"{word}-decreased"] = {keyword: 9}, {keyword: 5}
        found[f"{word}-set"] = {}, {keyword: 5}
        found[f"{word}-unset"] = {keyword: 5}, {}
    return found


_ONE, _TWO = {"title": "One", "minLength": 1}, {"title": "Two", "minLength": 2}
_TOLD = {"propertyName": "kind"}


def _came_and_went() -> dict[str, tuple[Json, Json]]:
    parts = {
        "all-of": ({"allOf": [_ONE]}, {"allOf": [_ONE, _TWO]}),
        "any-of": ({"anyOf": [_ONE]}, {"anyOf": [_ONE, _TWO]}),
        "one-of": ({"oneOf": [_ONE]}, {"oneOf": [_ONE, _TWO]}),
        "prefix-items": ({}, {"prefixItems": [_ONE]}),
        "contains": ({}, {"contains": _ONE}),
        "content-schema": ({}, {"contentSchema": _ONE}),
        "dependent-required": ({}, {"dependentRequired": {"a": ["b"]}}),
        "dependent-schema": ({}, {"dependentSchemas": {"a": _ONE}}),
        "pattern-property": ({}, {"patternProperties": {"^a": _ONE}}),
        "property-names": ({}, {"propertyNames": _ONE}),
        "if": ({}, {"if": _ONE}),
        "then": ({}, {"then": _ONE}),
        "else": ({}, {"else": _ONE}),
        "unevaluated-items": ({}, {"unevaluatedItems": False}),
        "unevaluated-properties": ({}, {"unevaluatedProperties": False}),
        "const": ({}, {"const": 1}),
        "default-value": ({}, {"default": 1}),
        "pattern": ({}, {"pattern": "^a"}),
        "discriminator": ({}, {"discriminator": _TOLD}),
        "enum-value": ({"enum": ["a"]}, {"enum": ["a", "b"]}),
    }
    added = {f"{word}-added": pair for word, pair in parts.items()}
    removed = {f"{word}-removed": (new, old) for word, (old, new) in parts.items()}
    return added | removed


SCHEMA_CHANGES: dict[str, tuple[Json, Json]] = {
    **_bounds(),
    **_came_and_went(),
    "all-of-added-annotation-only": ({"allOf": [_ONE]}, {"allOf": [_ONE, {"title": "Three"}]}),
    "all-of-removed-annotation-only": ({"allOf": [_ONE, {"title": "Three"}]}, {"allOf": [_ONE]}),
    "dependent-required-changed": (
        {"dependentRequired": {"a": ["b"]}},
        {"dependentRequired": {"a": ["c"]}},
    ),
    "const-changed": ({"const": 1}, {"const": 2}),
    "default-value-changed": ({"default": 1}, {"default": 2}),
    "pattern-changed": ({"pattern": "^a"}, {"pattern": "^b"}),
    "pattern-generalized": ({"pattern": "^a"}, {"pattern": ".*"}),
    "content-encoding-changed": ({"contentEncoding": "base64"}, {"contentEncoding": "base16"}),
    "content-media-type-changed": (
        {"contentMediaType": "image/png"},
        {"contentMediaType": "image/gif"},
    ),
    "discriminator-property-name-changed": (
        {"discriminator": _TOLD},
        {"discriminator": {"propertyName": "sort"}},
    ),
    "discriminator-mapping-added": (
        {"discriminator": _TOLD},
        {"discriminator": _TOLD | {"mapping": {"a": "#/a"}}},
    ),
    "discriminator-mapping-deleted": (
        {"discriminator": _TOLD | {"mapping": {"a": "#/a"}}},
        {"discriminator": _TOLD},
    ),
    "discriminator-mapping-changed": (
        {"discriminator": _TOLD | {"mapping": {"a": "#/a"}}},
        {"discriminator": _TOLD | {"mapping": {"a": "#/b"}}},
    ),
    "became-enum": ({}, {"enum": ["a"]}),
    "became-not-enum": ({"enum": ["a"]}, {}),
    "became-nullable": ({"type": "string"}, {"type": ["string", "null"]}),
    "became-not-nullable": ({"type": ["string", "null"]}, {"type": "string"}),
    "type-changed": ({"type": "string"}, {"type": "integer"}),
    "list-of-types-narrowed": (
        {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": "string"},
    ),
    "list-of-types-widened": (
        {"type": "string"},
        {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    ),
    "wrapped-in-one-of": (
        {"type": "object", "properties": {"a": {}}},
        {"oneOf": [{"type": "object", "properties": {"a": {}}}, {"type": "object"}]},
    ),
    "x-extensible-enum-value-removed": (
        {"x-extensible-enum": ["a", "b"]},
        {"x-extensible-enum": ["a"]},
    ),
    "unique-items-required": ({}, {"uniqueItems": True}),
    "unique-items-dropped": ({"uniqueItems": True}, {}),
    "multiple-of-set": ({}, {"multipleOf": 2}),
    "multiple-of-unset": ({"multipleOf": 2}, {}),
    "multiple-of-narrowed": ({"multipleOf": 2}, {"multipleOf": 4}),
    "multiple-of-widened": ({"multipleOf": 4}, {"multipleOf": 2}),
    "multiple-of-changed": ({"multipleOf": 2}, {"multipleOf": 3}),
    "additional-properties-closed": ({}, {"additionalProperties": False}),
    "additional-properties-opened": ({"additionalProperties": False}, {}),
    "additional-properties-constrained": ({}, {"additionalProperties": {"type": "string"}}),
    "additional-properties-freed": ({"additionalProperties": {"type": "string"}}, {}),
}


def _kinds() -> dict[str, tuple[Json, Json]]:
    text, number, whole = {"type": "string"}, {"type": "number"}, {"type": "integer"}
    found = {}
    for side, place, make in (
        ("request", "body", request_body),
        ("response", "body", response_body),
        ("request", "property", lambda s, *m: request_body(within(s), *m)),
        ("response", "property", lambda s, *m: response_body(within(s), *m)),
    ):
        wider = make(whole), make(number)
        swap = make(number, "text/csv"), make(text, "text/csv")
        found[f"{side}-{place}-type-generalized"] = wider
        found[f"{side}-{place}-type-compatible"] = swap if side == "request" else swap[::-1]
        if side == "response":
            found[f"{side}-{place}-type-specialized"] = wider[::-1]
    return found | {
        "request-parameter-type-generalized": (parameter(whole), parameter(number)),
        "request-parameter-property-type-generalized": (
            parameter(within(whole)),
            parameter(within(number)),
        ),
        "request-parameter-property-type-changed": (
            parameter(within(number)),
            parameter(within(text)),
        ),
        "response-header-type-generalized": (header(whole), header(number)),
        "response-header-type-specialized": (header(number), header(whole)),
        "request-parameter-property-type-specialized": (
            parameter(within(text)),
            parameter(within(number)),
        ),
        "response-header-type-compatible": (header(text), header(whole)),
        "response-header-type-changed": (header(whole), header({"type": "boolean"})),
    }


def _properties() -> dict[str, tuple[Json, Json]]:
    none: Json = {"type": "object"}
    plain, needed = within({"type": "string"}), within({"type": "string"}, required=["total"])
    hidden = {"type": "string", "writeOnly": True}
    default = within({"type": "string", "default": "a"})
    found = {
        "new-optional-request-property": (request_body(none), request_body(plain)),
        "new-required-request-property": (request_body(none), request_body(needed)),
        "new-required-request-property-with-default": (
            request_body(none),
            request_body(default | {"required": ["total"]}),
        ),
        "new-required-request-header-property": (
            parameter(none, "header"),
            parameter(needed, "header"),
        ),
        "request-property-removed": (request_body(plain), request_body(none)),
        "request-property-became-required": (request_body(plain), request_body(needed)),
        "request-property-became-required-with-default": (
            request_body(default),
            request_body(default | {"required": ["total"]}),
        ),
        "request-header-property-became-required": (
            parameter(plain, "header"),
            parameter(needed, "header"),
        ),
        "request-property-became-optional": (request_body(needed), request_body(plain)),
        "response-property-became-required": (response_body(plain), response_body(needed)),
        "response-property-became-optional": (response_body(needed), response_body(plain)),
        "response-write-only-property-became-required": (
            response_body(within(hidden)),
            response_body(within(hidden, required=["total"])),
        ),
        "response-write-only-property-became-optional": (
            response_body(within(hidden, required=["total"])),
            response_body(within(hidden)),
        ),
        "response-write-only-property-enum-value-added": (
            response_body(within(hidden | {"enum": ["a"]})),
            response_body(within(hidden | {"enum": ["a", "b"]})),
        ),
    }
    for need, some in (("required", needed), ("optional", plain)):
        secret = within(hidden, required=some.get("required", []))
        for word, other in (("", some), ("write-only-", secret)):
            added = response_body(none), response_body(other)
            found[f"response-{need}-{word}property-added"] = added
            found[f"response-{need}-{word}property-removed"] = added[::-1]
    return found | _mutability() | _read_only()


def _mutability() -> dict[str, tuple[Json, Json]]:
    found = {}
    for side, make in (("request", request_body), ("response", response_body)):
        for need, listed in (("required", ["total"]), ("optional", [])):
            for keyword, word in (("readOnly", "read-only"), ("writeOnly", "write-only")):
                pair = (
                    make(within({}, required=listed)),
                    make(within({keyword: True}, required=listed)),
                )
                found[f"{side}-{need}-property-became-{word}"] = pair
                found[f"{side}-{need}-property-became-not-{word}"] = pair[::-1]
    return found


def _read_only() -> dict[str, tuple[Json, Json]]:
    found = {}
    for word in (
        "enum-value-removed",
        "exclusive-max-decreased",
        "exclusive-min-increased",
        "max-decreased",
        "max-length-decreased",
        "min-increased",
    ):
        old, new = (within(one | {"readOnly": True}) for one in SCHEMA_CHANGES[word])
        found[f"request-read-only-property-{word}"] = request_body(old), request_body(new)
    return found


def _bodies() -> dict[str, tuple[Json, Json]]:
    def request(content: Json, **more: Json) -> Json:
        return api({"requestBody": {"content": content} | more})

    def response(content: Json, status: str = "200") -> Json:
        return api({"responses": {status: {"description": "done", "content": content}}})

    json_only, both = {"application/json": {}}, {"application/json": {}, "text/csv": {}}
    shaped = {"application/json": {"schema": {"type": "string"}}}
    found = {
        "request-body-added-optional": (api(), request(json_only)),
        "request-body-added-required": (api(), request(json_only, required=True)),
        "request-body-removed": (request(json_only), api()),
        "request-body-became-required": (request(json_only), request(json_only, required=True)),
        "request-body-became-optional": (request(json_only, required=True), request(json_only)),
        "response-media-type-name-generalized": (
            response({"application/json": {}}),
            response({"application/*": {}}),
        ),
        "response-media-type-name-specialized": (
            response({"application/*": {}}),
            response({"application/json": {}}),
        ),
        "response-media-type-name-changed": (
            response({"application/json": {}}),
            response({"application/json;v=2": {}}),
        ),
    }
    for side, word, make in (("request-body", "body", request), ("response", "body", response)):
        found[f"{side}-media-type-added"] = make(json_only), make(both)
        found[f"{side}-media-type-removed"] = make(both), make(json_only)
        kind = f"{side.split('-')[0]}-{word}-media-type-schema"
        found[f"{kind}-added"] = make(json_only), make(shaped)
        found[f"{kind}-removed"] = make(shaped), make(json_only)
    two = {"responses": {"200": {"description": "a"}, "201": {"description": "b"}}}
    failing = {"responses": {"200": {"description": "a"}, "409": {"description": "b"}}}
    for word, more in (("success", two), ("non-success", failing)):
        found[f"response-{word}-status-added"] = api(), api(more)
        found[f"response-{word}-status-removed"] = api(more), api()
    text = {"type": "string"}
    bare = api({"responses": {"200": {"description": "done"}}})
    return found | {
        "response-header-added": (bare, header(text)),
        "optional-response-header-removed": (header(text), bare),
        "required-response-header-removed": (header(text, required=True), bare),
        "response-header-became-optional": (header(text, required=True), header(text)),
    }


def _parameters() -> dict[str, tuple[Json, Json]]:
    text = {"type": "string"}
    gone = {"deprecated": True}
    many = {"type": "array", "items": text}
    shared = {"name": "state", "in": "query", "schema": text}
    found = {
        "new-optional-request-parameter": (api(), parameter(text)),
        "new-required-request-parameter": (api(), parameter(text, required=True)),
        "new-request-path-parameter": (api(), parameter(text, "path", required=True)),
        "request-parameter-removed": (parameter(text), api()),
        "request-parameter-removed-with-deprecation": (parameter(text, **gone), api()),
        "request-parameter-removed-before-sunset": (
            parameter(text, **gone, **{"x-sunset": LATER}),
            api(),
        ),
        "request-parameter-became-required": (parameter(text), parameter(text, required=True)),
        "request-parameter-became-optional": (parameter(text, required=True), parameter(text)),
        "request-parameter-serialization-changed": (
            parameter(many),
            parameter(many, style="pipeDelimited"),
        ),
        "request-parameter-deprecated": (
            parameter(text),
            parameter(text, **gone, **{"x-sunset": LATER}),
        ),
        "request-parameter-reactivated": (parameter(text, **gone), parameter(text)),
        "request-parameter-deprecated-sunset-missing": (parameter(text), parameter(text, **gone)),
        "request-parameter-sunset-date-too-small": (
            parameter(text),
            parameter(text, **gone, **{"x-sunset": SOON}),
        ),
        "request-parameter-sunset-parse": (
            parameter(text),
            parameter(text, **gone, **{"x-sunset": "some day"}),
        ),
        "request-parameter-sunset-deleted": (
            parameter(text, **gone, **{"x-sunset": LATER}),
            parameter(text, **gone),
        ),
        "request-parameter-sunset-date-changed-too-small": (
            parameter(text, **gone, **{"x-sunset": LATER}),
            parameter(text, **gone, **{"x-sunset": SOON}),
        ),
    }
    for need in ("required", "optional"):
        of_all = deepcopy(api())
        of_all["paths"]["/orders"]["parameters"] = [shared | {"required": need == "required"}]
        rule = f"new-{need}-request-default-parameter-to-existing-path"
        found[rule] = api(), of_all
    return found


def _endings() -> dict[str, tuple[Json, Json]]:
    gone, soon, later = {"deprecated": True}, {"x-sunset": SOON}, {"x-sunset": LATER}
    no_day = {"x-sunset": "some day"}
    found = {
        "endpoint-reactivated": (api(gone), api()),
        "endpoint-deprecated-with-sunset": (api(), api(gone | later)),
        "api-deprecated-sunset-missing": (api(), api(gone)),
        "api-deprecated-sunset-parse": (api(), api(gone | no_day)),
        "api-sunset-date-too-small": (api(), api(gone | soon)),
        "sunset-deleted": (api(gone | later), api(gone)),
        "api-path-sunset-parse": (api(gone | later), api(gone | no_day)),
        "api-sunset-date-changed-too-small": (api(gone | later), api(gone | soon)),
        "api-stability-decreased": (api(), api({"x-stability-level": "beta"})),
        "api-stability-increased": (api({"x-stability-level": "beta"}), api()),
        "api-invalid-stability-level": (api(), api({"x-stability-level": "rocky"})),
    }
    for side, make in (("request", request_body), ("response", response_body)):
        plain = make(within({}))
        for word, keywords in (
            ("deprecated-with-sunset", gone | later),
            ("deprecated-sunset-missing", gone),
            ("deprecated-sunset-invalid", gone | no_day),
            ("sunset-date-too-small", gone | soon),
        ):
            found[f"{side}-property-{word}"] = plain, make(within(keywords))
        found[f"{side}-property-reactivated"] = make(within(gone)), plain
        beta = make(within({"x-stability-level": "beta"}))
        found[f"{side}-property-stability-decreased"] = plain, beta
        found[f"{side}-property-stability-increased"] = beta, plain
    return found | _removals()


def _removals() -> dict[str, tuple[Json, Json]]:
    found = {}
    for word, keywords in (
        ("without-deprecation", {}),
        ("with-deprecation", {"deprecated": True}),
        ("before-sunset", {"deprecated": True, "x-sunset": LATER}),
    ):
        document = api(keywords)
        other = deepcopy(document)
        other["paths"]["/orders"]["get"] = other["paths"]["/orders"].pop("post")
        found[f"api-removed-{word}"] = document, other
        found[f"api-path-removed-{word}"] = document, document | {"paths": {}}
    return found


def _whole() -> dict[str, tuple[Json, Json]]:
    flow = {"authorizationUrl": "https://a", "tokenUrl": "https://t", "scopes": {"r": "read"}}

    def scheme(**more: Json) -> Json:
        described = {"type": "oauth2", "flows": {"authorizationCode": flow | more}}
        return api(components={"securitySchemes": {"sso": described}})

    basic = {"type": "http", "scheme": "basic"}
    keyed = api(components={"securitySchemes": {"sso": basic}})
    borne = api(components={"securitySchemes": {"sso": basic | {"scheme": "bearer"}}})
    found = {
        "endpoint-added": (api(paths={}), api()),
        "api-operation-id-added": (api(), api({"operationId": "order"})),
        "api-operation-id-removed": (api({"operationId": "order"}), api()),
        "api-tag-added": (api(), api({"tags": ["sales"]})),
        "api-tag-removed": (api({"tags": ["sales"]}), api()),
        "api-schema-removed": (api(components={"schemas": {"A": {}}}), api()),
        "webhook-added": (api(), api(webhooks={"paid": {}})),
        "webhook-removed": (api(webhooks={"paid": {}}), api()),
        "api-security-component-added": (api(), keyed),
        "api-security-component-removed": (keyed, api()),
        "api-security-component-type-changed": (keyed, scheme()),
        "api-security-component-credentials-changed": (keyed, borne),
        "api-security-became-required": (api(), api({"security": [{"key": []}]})),
        "api-security-component-oauth-url-changed": (
            scheme(),
            scheme(authorizationUrl="https://b"),
        ),
        "api-security-component-oauth-token-url-changed": (scheme(), scheme(tokenUrl="https://b")),
        "api-security-component-oauth-scope-added": (scheme(scopes={}), scheme()),
        "api-security-component-oauth-scope-removed": (scheme(), scheme(scopes={})),
        "api-security-component-oauth-scope-changed": (scheme(), scheme(scopes={"r": "all"})),
        "callback-changed": (api(), api({"callbacks": {"paid": {}}})),
        "not-schema-changed": (request_body({}), request_body({"not": {"type": "string"}})),
        "dynamic-reference-changed": (request_body({}), request_body({"$dynamicRef": "#node"})),
        "schema-unresolved": (request_body({}), request_body({"$ref": "#/components/schemas/A"})),
    }
    read, none = [{"sso": ["r"]}], [{"sso": []}]
    for word, make in (
        ("api-security", lambda some: api({"security": some})),
        ("api-global-security", lambda some: api(security=some)),
    ):
        found[f"{word}-added"] = make([]), make(none)
        found[f"{word}-removed"] = make(none), make([])
        found[f"{word}-scope-added"] = make(none), make(read)
        found[f"{word}-scope-removed"] = make(read), make(none)
    return found | _versions()


def _versions() -> dict[str, tuple[Json, Json]]:
    def numbered(version: str, operation: Json | None = None) -> Json:
        return api(operation, info={"title": "Orders", "version": version})

    breaking = {"requestBody": {"required": True, "content": {}}}
    return {
        "api-version-not-bumped": (numbered("1.0.0"), numbered("1.0.0", breaking)),
        "api-version-decreased": (numbered("1.0.0"), numbered("0.9.0", breaking)),
        "api-major-version-not-bumped": (numbered("1.0.0"), numbered("1.1.0", breaking)),
    }


def single_changes() -> dict[str, tuple[Json, Json]]:
    """Return, for each rule, two documents of which it is found."""
    found = {}
    for word, (old, new) in SCHEMA_CHANGES.items():
        for position, make in POSITIONS.items():
            if f"{position}-{word}" in LEVELS:
                found[f"{position}-{word}"] = make(old), make(new)
    found["response-mediatype-enum-value-removed"] = (
        response_body({"enum": ["a", "b"]}),
        response_body({"enum": ["a"]}),
    )
    for more in (_kinds, _properties, _bodies, _parameters, _endings, _whole):
        found |= more()
    return found


WITHOUT_NOTICE = {
    "endpoint-deprecated": (api(), api({"deprecated": True})),
    "request-property-deprecated": (
        request_body(within({})),
        request_body(within({"deprecated": True})),
    ),
    "response-property-deprecated": (
        response_body(within({})),
        response_body(within({"deprecated": True})),
    ),
}
"""Rules that are found only where no notice is asked for."""
