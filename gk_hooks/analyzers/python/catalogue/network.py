"""Network clients of the standard library and of PyPI's popular packages."""

from __future__ import annotations

from gk_hooks.analyzers.python.api import Connects, Makes, arg
from gk_hooks.analyzers.python.catalogue.table import Table, methods
from gk_hooks.model.effects import Form

TABLE = Table()
add = TABLE.add

URL0 = Connects(arg(0, "url", "uri", "fullurl", "URL"), Form.URL)
URL1 = Connects(arg(1, "url", "uri"), Form.URL)
HOST0 = Connects(arg(0, "host", "hostname", "server"), Form.HOST)
LOCAL_HOST0 = Connects(arg(0, "host", "hostname"), Form.HOST, default="localhost")
DSN0 = Connects(arg(0, "dsn", "url", "uri", "conninfo"), Form.URL)
ADDRESS0 = Connects(arg(0, "address"), Form.HOST, address=True)
ANYWHERE = Connects(None)
HTTP_VERBS = "get post put patch delete head options"

# --- network clients: HTTP
add(
    methods("requests requests.Session() httpx httpx.Client() httpx.AsyncClient() niquests grequests", HTTP_VERBS), URL0
)
add(methods("curl_cffi.requests curl_cffi.requests.Session() cloudscraper.create_scraper()", HTTP_VERBS), URL0)
add(methods("aiohttp.ClientSession() asks treq", HTTP_VERBS), URL0)
add("requests.Request requests.request requests.Session().request httpx.request httpx.stream niquests.request", URL1)
add(methods("httpx.Client() httpx.AsyncClient()", "request stream build_request"), URL1)
add("requests.Session requests.session httpx.Client httpx.AsyncClient aiohttp.ClientSession", Makes())
add("urllib3.PoolManager urllib3.ProxyManager niquests.Session curl_cffi.requests.Session", Makes())
add("httpx.Client httpx.AsyncClient", Connects(arg(None, "base_url"), default=""))
add("aiohttp.ClientSession", Connects(arg(0, "base_url"), default=""))
add(methods("aiohttp.ClientSession()", "request"), URL1)
add("aiohttp.ClientSession().ws_connect", URL0)
add("aiohttp.request", URL1)
add("urllib.request.urlopen urllib.request.urlretrieve urllib.request.Request", URL0)
add(methods("urllib.request.build_opener() urllib.request.OpenerDirector() urllib.request.URLopener()", "open"), URL0)
add("urllib.request.URLopener().retrieve urllib.request.URLopener().open_unknown", URL0)
add("urllib3.request", URL1)
add(
    methods("urllib3.PoolManager() urllib3.ProxyManager()", "request urlopen request_encode_url request_encode_body"),
    URL1,
)
add("urllib3.PoolManager().connection_from_url urllib3.connection_from_url urllib3.proxy_from_url", URL0)
add(
    "urllib3.HTTPConnectionPool urllib3.HTTPSConnectionPool http.client.HTTPConnection http.client.HTTPSConnection",
    HOST0,
)
add("http.client.HTTP http.client.HTTPS", HOST0)
add("httplib2.Http().request", Connects(arg(0, "uri")))
add("wget.download pycurl.Curl().perform", URL0)
add("feedparser.parse", Connects(arg(0, "url_file_stream_or_string"), Form.URL))
add("pandas.read_html", URL0)
add("xmlrpc.client.ServerProxy xmlrpc.client.Server jsonrpclib.Server suds.client.Client zeep.Client", URL0)
add("webbrowser.open webbrowser.open_new webbrowser.open_new_tab webbrowser.get().open", URL0)
add("websocket.create_connection websockets.connect websockets.client.connect websockets.sync.client.connect", URL0)
add("websocket.WebSocketApp websocket.WebSocket().connect socketio.Client().connect", URL0)
add("selenium.webdriver.Remote", Connects(arg(0, "command_executor"), Form.URL))
add(methods("selenium.webdriver.Chrome() selenium.webdriver.Firefox() selenium.webdriver.Edge()", "get"), URL0)

# --- network clients: sockets and the standard library
add("socket.socket().connect socket.socket().connect_ex socket.create_connection", ADDRESS0)
add("socket.socket().sendto", Connects(arg(-1, "address"), Form.HOST, address=True))
add("socket.getaddrinfo socket.gethostbyname socket.gethostbyname_ex", HOST0)
add("?.connect ?.connect_ex", ADDRESS0)
add("?.sendto", Connects(arg(-1), Form.HOST, address=True))
add("asyncio.open_connection", HOST0)
add(methods("asyncio.loop()", "create_connection create_datagram_endpoint"), Connects(arg(1, "host"), Form.HOST))
add("asyncio.loop().sock_connect", Connects(arg(1, "address"), Form.HOST, address=True))
add("trio.open_tcp_stream anyio.connect_tcp curio.open_connection", HOST0)
add("ssl.get_server_certificate", ADDRESS0)
add("smtplib.SMTP smtplib.SMTP_SSL smtplib.LMTP", Connects(arg(0, "host"), Form.HOST, default=""))
add("smtplib.SMTP().connect smtplib.SMTP_SSL().connect", LOCAL_HOST0)
add("ftplib.FTP ftplib.FTP_TLS", Connects(arg(0, "host"), Form.HOST, default=""))
add("ftplib.FTP().connect ftplib.FTP_TLS().connect", HOST0)
add("poplib.POP3 poplib.POP3_SSL nntplib.NNTP nntplib.NNTP_SSL", HOST0)
add("imaplib.IMAP4 imaplib.IMAP4_SSL", LOCAL_HOST0)
add("telnetlib.Telnet", Connects(arg(0, "host"), Form.HOST, default=""))
add("telnetlib.Telnet().open telnetlib3.open_connection", HOST0)
add("logging.handlers.SocketHandler logging.handlers.DatagramHandler logging.handlers.HTTPHandler", HOST0)
add("logging.handlers.SMTPHandler", Connects(arg(0, "mailhost"), Form.HOST, address=True))
add("logging.handlers.SysLogHandler", Connects(arg(0, "address"), Form.HOST, address=True, default="localhost"))
add("multiprocessing.connection.Client", ADDRESS0)
add("multiprocessing.managers.BaseManager().connect", ANYWHERE)

# --- network clients: popular packages
add("paramiko.SSHClient().connect netmiko.ConnectHandler fabric.Connection asyncssh.connect", HOST0)
add("paramiko.Transport", Connects(arg(0, "sock"), Form.HOST, address=True))
add("pysftp.Connection scp.SCPClient ncclient.manager.connect", HOST0)
add("redis.Redis redis.ConnectionPool", LOCAL_HOST0)
add("redis.from_url redis.Redis.from_url", URL0)
add("psycopg2.connect psycopg.connect asyncpg.connect asyncpg.create_pool", Connects(arg(None, "host"), Form.HOST))
add("pymysql.connect MySQLdb.connect mysql.connector.connect pg8000.connect aiomysql.connect", LOCAL_HOST0)
add(
    "pymongo.MongoClient motor.motor_asyncio.AsyncIOMotorClient",
    Connects(arg(0, "host"), Form.ANY, default="localhost"),
)
add("sqlalchemy.create_engine sqlalchemy.ext.asyncio.create_async_engine", DSN0)
add("pika.BlockingConnection pyodbc.connect cx_Oracle.connect oracledb.connect kafka.KafkaProducer", ANYWHERE)
add("kafka.KafkaConsumer elasticsearch.Elasticsearch cassandra.cluster.Cluster", ANYWHERE)
add("pika.ConnectionParameters", LOCAL_HOST0)
add("grpc.insecure_channel grpc.secure_channel grpc.aio.insecure_channel", Connects(arg(0, "target"), Form.HOST))
add("ldap3.Server", Connects(arg(0, "host"), Form.ANY))
add("ldap.initialize", URL0)
add("paho.mqtt.client.Client().connect paho.mqtt.client.Client().connect_async", HOST0)
add("pymemcache.client.base.Client", ADDRESS0)
add("boto3.client boto3.resource boto3.session.Session().client boto3.Session().client", ANYWHERE)
add("boto.connect_s3 botocore.session.get_session().create_client", ANYWHERE)
add("google.cloud.storage.Client azure.storage.blob.BlobServiceClient openai.OpenAI anthropic.Anthropic", ANYWHERE)
add("dns.resolver.query dns.resolver.resolve whois.whois", Connects(arg(0, "qname"), Form.HOST))
add("pysnmp.hlapi.UdpTransportTarget", ADDRESS0)
add("git.Repo.clone_from", Connects(arg(0, "url"), Form.ANY))
add("nmap.PortScanner().scan", Connects(arg(0, "hosts"), Form.HOST))
add("zmq.Context().socket().connect", URL0)
add("twisted.internet.reactor.connectTCP twisted.internet.reactor.connectSSL", HOST0)
add("winrm.Session winrm.Protocol", Connects(arg(0, "target", "endpoint"), Form.ANY))
add("smb.SMBConnection.SMBConnection().connect impacket.smbconnection.SMBConnection", HOST0)
add("nltk.download huggingface_hub.hf_hub_download huggingface_hub.snapshot_download", ANYWHERE)
add("discord_webhook.DiscordWebhook slack_sdk.WebClient telegram.Bot tweepy.Client", ANYWHERE)

NETWORK_MODULES = frozenset(
    [
        "socket",
        "ssl",
        "asyncssh",
        "paramiko",
        "ftplib",
        "smtplib",
        "poplib",
        "imaplib",
        "telnetlib",
        "nntplib",
        "http.client",
        "urllib.request",
        "urllib3",
        "requests",
        "httpx",
        "aiohttp",
        "websockets",
        "websocket",
        "pycurl",
        "xmlrpc.client",
        "http.server",
        "socketserver",
        "zmq",
        "grpc",
        "redis",
        "pymongo",
        "psycopg2",
        "pymysql",
        "boto3",
        "netmiko",
        "fabric",
        "pysftp",
        "scapy",
        "twisted.internet",
        "pika",
        "kafka",
        "ldap3",
        "paho.mqtt.client",
    ]
)
"""Modules whose import alone is worth a hint when no call of them is seen."""
