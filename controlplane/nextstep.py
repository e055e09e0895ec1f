"""What to do first about an exception: its rule says so, else the policy for its class."""

from sqlalchemy import Connection

from controlplane.registered import ruleset_of
from governance.document import stores as documents
from governance.exception.process_exception import ProcessException
from governance.handling.policy import Policy

OTHERWISE = "Correct the data in the system that owns it; the next event closes the exception."


def next_step(connection: Connection, one: ProcessException, policy: Policy) -> str:
    return _of_rule(connection, one) or policy.next_step_of(one.type) or OTHERWISE


def _of_rule(connection: Connection, one: ProcessException) -> str:
    """Return what the rule in force says; nothing of one that is in force no longer."""
    document = documents.get_active(connection, "ruleset", one.ruleset)
    rules = ruleset_of(document.body).rules if document else ()
    return next((rule.next_step for rule in rules if rule.rule == one.rule), "")
