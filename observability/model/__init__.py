"""What is expected of a case, as a document says it."""
