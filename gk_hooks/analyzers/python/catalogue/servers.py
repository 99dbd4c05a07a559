"""Servers: what listens, and where when nobody says."""

from __future__ import annotations

from gk_hooks.analyzers.python.api import (
    Listens,
    arg,
)
from gk_hooks.analyzers.python.catalogue.table import Table, methods
from gk_hooks.model.effects import Form

TABLE = Table()
add = TABLE.add

SERVER_ADDRESS = Listens(arg(0, "server_address", "addr", "address"), address=True)

# --- servers
add("socket.socket().bind", SERVER_ADDRESS)
add("?.bind", SERVER_ADDRESS)
add("socket.create_server", SERVER_ADDRESS)
_SERVERS = "TCPServer UDPServer ThreadingTCPServer ThreadingUDPServer ForkingTCPServer ForkingUDPServer"
add(methods("socketserver", _SERVERS), SERVER_ADDRESS)
add("http.server.HTTPServer http.server.ThreadingHTTPServer xmlrpc.server.SimpleXMLRPCServer", SERVER_ADDRESS)
add("wsgiref.simple_server.make_server", Listens(arg(0, "host")))
add("asyncio.start_server", Listens(arg(1, "host"), default=""))
add(methods("asyncio.loop()", "create_server"), Listens(arg(1, "host"), default=""))
add("asyncio.loop().create_datagram_endpoint", Listens(arg(None, "local_addr"), default="127.0.0.1", address=True))
add("flask.Flask().run quart.Quart().run", Listens(arg(0, "host"), default="127.0.0.1"))
add("?.run ?.run_server", Listens(arg(0, "host")))
add("bottle.run", Listens(arg(None, "host"), default="127.0.0.1"))
add("bottle.Bottle().run", Listens(arg(None, "host"), default="127.0.0.1"))
add("uvicorn.run uvicorn.Config hypercorn.run", Listens(arg(None, "host"), default="127.0.0.1"))
add("waitress.serve", Listens(arg(None, "host"), default="0.0.0.0"))
add("aiohttp.web.run_app", Listens(arg(1, "host"), default="0.0.0.0"))
add("aiohttp.web.TCPSite", Listens(arg(1, "host"), default="0.0.0.0"))
add("gevent.pywsgi.WSGIServer gevent.server.StreamServer eventlet.listen", SERVER_ADDRESS)
add("tornado.web.Application().listen tornado.httpserver.HTTPServer().listen", Listens(arg(1, "address"), default=""))
add("werkzeug.serving.run_simple", Listens(arg(0, "hostname")))
add("grpc.server().add_insecure_port grpc.server().add_secure_port", Listens(arg(0, "address"), form=Form.HOST))
add("zmq.Context().socket().bind", Listens(arg(0, "addr"), form=Form.URL))
add("websockets.serve websockets.server.serve", Listens(arg(1, "host"), default=""))
add("trio.serve_tcp trio.open_tcp_listeners", Listens(arg(None, "host"), default=""))
add("twisted.internet.reactor.listenTCP", Listens(arg(None, "interface"), default=""))
add("multiprocessing.connection.Listener", Listens(arg(0, "address"), default="127.0.0.1", address=True))
add("smtpd.SMTPServer", Listens(arg(0, "localaddr"), address=True))
add("gradio.Interface().launch gradio.Blocks().launch", Listens(arg(None, "server_name"), default="127.0.0.1"))
add("jupyter_server.serverapp.launch_new_instance", Listens(arg(None, "ip"), default="127.0.0.1"))
