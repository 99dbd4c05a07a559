"""The tool gate: a policy firewall between an AI agent and its MCP tools."""
