"""API contracts in OpenAPI 3.0 and 3.1: whether a document is one, and says what it means."""
