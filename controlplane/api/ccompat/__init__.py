"""The Confluent Schema Registry protocol, spoken over the registry of contracts."""
