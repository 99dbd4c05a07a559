"""The tool gate under its other name: ``mcp-gate`` and ``python3 -m mcp_gate`` are ``gk mcp``."""
