"""The tables of the schema registry: what Kafka clients registered, beside our contracts."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text

from governance.tables import GOVERNANCE

registry_schema = Table(  # never deleted: an id in a message is good for ever
    "registry_schema",
    GOVERNANCE,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False, unique=True),  # sha256 of what makes two schemas the same
    Column("guid", Text, nullable=False, unique=True),
    Column("type", Text, nullable=False),  # AVRO | JSON | PROTOBUF
    Column("text", Text, nullable=False),
    Column("compiled", Text, nullable=False),  # Protobuf: its descriptor in base64
    Column("references", Text, nullable=False),  # JSON list of name, subject, version
    Column("beside", Text, nullable=False),  # JSON: metadata and rule set, as they were sent
)

registry_version = Table(
    "registry_version",
    GOVERNANCE,
    Column("subject", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("schema_id", Integer, nullable=False, index=True),
    Column("contract", Text, nullable=False),
    Column("contract_version", Text, nullable=False),
    Column("deleted", Boolean, nullable=False),
)

registry_reference = Table(  # who refers to a version of a subject
    "registry_reference",
    GOVERNANCE,
    Column("schema_id", Integer, primary_key=True, autoincrement=False),
    Column("subject", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
)
Index("registry_reference_to", registry_reference.c.subject, registry_reference.c.version)

registry_subject = Table(  # which contract stands for a subject
    "registry_subject",
    GOVERNANCE,
    Column("subject", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("contract", Text, nullable=False, unique=True),
)

registry_setting = Table(  # scope: a subject, or a context as `:.name:`; the default one is `:.:`
    "registry_setting",
    GOVERNANCE,
    Column("scope", Text, primary_key=True),
    Column("setting", Text, primary_key=True),  # compatibility | mode | normalize…
    Column("value", Text, nullable=False),
)
