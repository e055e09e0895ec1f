"""Which format is compared by what: one line for each."""

from collections.abc import Callable

from governance.compatibility.asyncapi import comparing as asyncapi
from governance.compatibility.avro import resolution as avro
from governance.compatibility.comparison import Terms
from governance.compatibility.jsonschema import schema as jsonschema
from governance.compatibility.openapi import comparing as openapi
from governance.compatibility.protobuf import differences as protobuf
from governance.contract.artifact import Json
from governance.contract.finding import Finding

Differences = Callable[[Json, Json, Terms], list[Finding]]
"""
`differences(old, new, terms)`: how *new* differs for those who rely on *old*.

Plain data in, findings out, in no order. `before` and `after` follow *old* and *new*;
`line` and `direction` are left to `modes`. What cannot be judged is a finding of the level
`not_evaluated`. Time is bounded whatever the documents hold.
"""
DIFFERENCES: dict[str, Differences] = {
    "jsonschema": lambda old, new, terms: jsonschema.differences(old, new, terms.policy),
    "asyncapi": lambda old, new, terms: asyncapi.compare(old, new, terms.policy),
    "avro": lambda old, new, _terms: avro.differences(old, new),
    "protobuf": lambda old, new, terms: protobuf.differences(
        old, new, terms.policy, forward=terms.forward
    ),
    "openapi": lambda old, new, terms: openapi.compare(old, new, on=terms.on),
}
