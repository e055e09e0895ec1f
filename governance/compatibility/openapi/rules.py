"""
Every kind of finding and how bad it is.

The ids and levels are those that oasdiff publishes. Those of `BEYOND` say what its list is
silent about, in the same words and by the same law: what narrows a request or widens a
response is breaking.
"""

import re

BREAKING = """
api-{path-,}removed-{before-sunset,without-deprecation} api-deprecated-sunset-{missing,parse}
api-invalid-stability-level api-path-sunset-parse api-stability-decreased sunset-deleted
api-sunset-date-{changed-,}too-small
{request,response}-property-{deprecated-sunset-{invalid,missing},stability-decreased}
{request,response}-property-sunset-date-too-small
request-parameter-sunset-{date-changed-too-small,date-too-small,deleted,parse}
request-parameter-{deprecated-sunset-missing,removed-before-sunset}
new-request-path-parameter new-required-request-{parameter,header-property}
new-required-request-default-parameter-to-existing-path
new-required-request-property{,-with-default}
request-body-{added-required,removed,became-required,media-type-removed,media-type-schema-added}
request-header-property-became-{enum,required}
request-parameter-became-{enum,required,not-nullable}
request-parameter-{default-value-{added,changed,removed},enum-value-removed,pattern-added}
request-parameter-property-{enum-value-removed,became-not-nullable,type-specialized}
request-parameter-{,property-}list-of-types-narrowed request-parameter-type-changed
request-parameter-{max,exclusive-max,max-items,max-length}-decreased
request-parameter-{min,exclusive-min,min-items,min-length}-increased
request-{property,parameter}-x-extensible-enum-value-removed
request-{body,property}-{became-enum,const-added,const-changed,enum-value-removed}
request-{body,property}-{became-not-nullable,type-changed,list-of-types-narrowed}
request-{body,property}-content-{schema-added,encoding-changed,media-type-changed}
request-{body,property}-{max,exclusive-max,max-contains,max-length}-decreased
request-{body,property}-{min,exclusive-min,min-contains,min-items,min-length}-increased
request-{body,property}-{all-of-added,any-of-removed,one-of-removed,prefix-items-removed}
request-{body,property}-{contains,dependent-required,dependent-schema,else,if,then}-added
request-{body,property}-{property-names,pattern-property}-added
request-{body,property}-unevaluated-{items,properties}-added
request-{body,property}-dependent-required-changed
request-property-{became-required{,-with-default},pattern-added}
{request,response}-body-wrapped-in-one-of
required-response-header-removed response-header-became-{nullable,optional}
response-header-type-{changed,generalized}
response-{media-type,success-status,required-property}-removed
response-media-type-name-generalized
response-{body,property}-{became-nullable,const-changed,const-removed}
response-{body,property}-{type-changed,type-generalized,list-of-types-widened}
response-{body,property}-content-{schema-removed,encoding-changed,media-type-changed}
response-{body,property}-{max,exclusive-max,max-contains,max-length}-increased
response-{body,property}-{min,exclusive-min,min-contains,min-items,min-length}-decreased
response-{body,property}-{max-length,min-items}-unset
response-{body,property}-{one-of,prefix-items}-added
response-{body,property}-{contains,dependent-required,dependent-schema,else,if,then}-removed
response-{body,property}-{property-names,pattern-property}-removed
response-{body,property}-unevaluated-{items,properties}-removed
response-{body,property}-dependent-required-changed
response-property-became-optional webhook-removed
"""

WARNING = """
request-parameter-{removed,pattern-changed,property-type-changed}
{request-parameter,request-body,request-property}-{max,exclusive-max,max-length}-set
{request-parameter,request-body,request-property}-{min,exclusive-min,min-items}-set
request-{body,property}-all-of-removed request-property-{removed,pattern-changed}
optional-response-header-removed response-body-media-type-schema-removed
response-optional-property-removed response-property-enum-value-added
response-required-property-became-not-write-only
"""

INFO = """
api-{path-,}removed-with-deprecation api-operation-id-{added,removed} api-tag-{added,removed}
api-stability-increased api-schema-removed endpoint-{added,reactivated,deprecated{,-with-sunset}}
api-{global-,}security-{,scope-}{added,removed} api-security-component-{added,removed}
api-security-component-oauth-scope-{added,removed,changed}
api-security-component-{oauth-token-url,oauth-url,type}-changed
api-major-version-not-bumped api-version-{decreased,not-bumped} webhook-added
{request,response}-property-{deprecated{,-with-sunset},reactivated,stability-increased}
request-parameter-{deprecated,reactivated,removed-with-deprecation}
new-optional-request-{parameter,property,default-parameter-to-existing-path}
request-body-{added-optional,became-optional,media-type-added,media-type-schema-removed}
request-parameter-{,property-}{enum-value-added,became-nullable,list-of-types-widened}
request-parameter-{,property-}type-generalized
request-parameter-{became-optional,pattern-generalized,pattern-removed}
request-parameter-{max,exclusive-max,max-items,max-length}-increased
request-parameter-{min,exclusive-min,min-items,min-length}-decreased
{request,response}-{body,property}-default-value-{added,changed,removed}
{request,response}-{body,property}-all-of-{added,removed}-annotation-only
{request,response}-{body,property}-discriminator-{added,removed,property-name-changed}
{request,response}-{body,property}-discriminator-mapping-{added,changed,deleted}
{request,response}-{body,property}-type-compatible
request-{body,property}-{const-removed,became-nullable,list-of-types-widened,type-generalized}
request-{body,property}-{any-of,one-of,prefix-items}-added
request-{body,property}-{contains,content-schema,dependent-required,dependent-schema}-removed
request-{body,property}-{else,if,then,pattern-property,property-names}-removed
request-{body,property}-unevaluated-{items,properties}-removed
request-{body,property}-{max,exclusive-max,max-contains,max-length}-increased
request-{body,property}-{min,exclusive-min,min-contains,min-length}-decreased
request-property-{became-optional,enum-value-added,pattern-generalized,pattern-removed}
request-read-only-property-{max,exclusive-max,max-length}-decreased
request-read-only-property-{{min,exclusive-min}-increased,enum-value-removed}
{request,response}-{optional,required}-property-became-{,not-}read-only
{request,response}-{optional,required}-property-became-write-only
{request-optional,request-required,response-optional}-property-became-not-write-only
response-header-{added,became-not-nullable,type-compatible,type-specialized}
response-{media-type,success-status,non-success-status}-added response-non-success-status-removed
response-media-type-name-{changed,specialized} response-mediatype-enum-value-removed
response-{body-media-type-schema,optional-property,required-property}-added
response-{optional,required}-write-only-property-{added,removed}
response-write-only-property-{enum-value-added,became-optional,became-required}
response-property-{became-required,enum-value-removed,pattern-added,pattern-changed}
response-property-pattern-removed
response-{body,property}-{const-added,became-not-nullable,list-of-types-narrowed}
response-{body,property}-{type-specialized,all-of-added,all-of-removed}
response-{body,property}-any-of-{added,removed}
response-{body,property}-{one-of,prefix-items}-removed
response-{body,property}-{contains,content-schema,dependent-required,dependent-schema}-added
response-{body,property}-{else,if,then,pattern-property,property-names}-added
response-{body,property}-unevaluated-{items,properties}-added
response-{body,property}-max-contains-decreased response-{body,property}-min-contains-increased
"""

BEYOND: dict[str, str] = {
    "breaking": """
request-{body,property}-{max-items,max-properties}-decreased
request-{body,property}-min-properties-increased request-body-pattern-added
request-{body,property,parameter}-{unique-items-required,multiple-of-{changed,narrowed}}
request-parameter-serialization-changed request-property-wrapped-in-one-of
response-{body,property}-{max-items,max-properties}-increased
response-{body,property}-{min-properties-decreased,unique-items-dropped}
response-{body,property}-multiple-of-{changed,widened}
response-{body,property}-{max,min,exclusive-max,exclusive-min,max-items,max-properties}-unset
response-{body,property}-{multiple-of-unset,max-contains-unset}
response-property-wrapped-in-one-of request-parameter-const-{added,changed}
api-security-became-required api-security-component-credentials-changed
""",
    "warning": """
{request-parameter,request-body,request-property}-{max-items,max-properties,multiple-of}-set
request-{body,property}-max-contains-set request-body-pattern-changed
request-{body,property}-additional-properties-{closed,constrained}
response-{body,property}-additional-properties-{opened,freed}
response-{body,property}-became-not-enum response-body-enum-value-added
""",
    "info": "request-body-{enum-value-added,pattern-generalized,pattern-removed}",
    "not_evaluated": """
not-schema-changed dynamic-reference-changed schema-unresolved callback-changed
comparison-incomplete
""",
}

_BRACES = re.compile(r"\{([^{}]*)\}")


def expanded(table: str) -> frozenset[str]:
    """Return the ids of *table*, each `{a,b}` written out, innermost first."""
    waiting, ids = table.split(), set[str]()
    while waiting:
        word = waiting.pop()
        found = _BRACES.search(word)
        if found is None:
            ids.add(word)
        else:
            before, after = word[: found.start()], word[found.end() :]
            waiting.extend(f"{before}{one}{after}" for one in found[1].split(","))
    return frozenset(ids)


OASDIFF: dict[str, str] = {
    rule: level
    for level, table in (("breaking", BREAKING), ("warning", WARNING), ("info", INFO))
    for rule in expanded(table)
}
LEVELS: dict[str, str] = OASDIFF | {
    rule: level for level, table in BEYOND.items() for rule in expanded(table)
}
