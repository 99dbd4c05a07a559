"""The policy of the tool gate: its records, its schema, its conditions, and reading it from YAML or JSON."""
