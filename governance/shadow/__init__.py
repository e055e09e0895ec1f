"""What a version in shadow would do beside the version in force, case by case."""
