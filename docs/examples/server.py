"""A small MCP server over stdio, to try the tool gate with: it lists tools and answers every call with what it got."""

import json
import sys

TOOLS = ("billing.refund", "email.send", "db.read", "files.list", "docs.search", "fs.read", "fs.write", "admin.reset")


def result(message):
    """The result of one request."""
    params = message.get("params") or {}
    if message["method"] == "initialize":
        info = {"name": "example-server", "version": "1"}
        return {"protocolVersion": params.get("protocolVersion"), "capabilities": {"tools": {}}, "serverInfo": info}
    if message["method"] == "tools/list":
        return {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in TOOLS]}
    if message["method"] == "tools/call":
        return {"content": [{"type": "text", "text": json.dumps(params)}]}
    return {}


for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result(message)}), flush=True)
