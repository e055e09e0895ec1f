"""Process models, calendars, objectives, rule sets, mappings and routes, as governed documents."""

from governance.document.governed_document import KINDS, GovernedDocument, Put, put_document

__all__ = ["KINDS", "GovernedDocument", "Put", "put_document"]
