"""Schemas as Kafka clients register them: subjects of any name, numbered versions, global ids."""
