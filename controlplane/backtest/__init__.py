"""A version of a rule set against the history that is stored, beside the version in force."""
