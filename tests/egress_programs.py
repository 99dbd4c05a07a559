"""Programs that try to get out, each by a way of its own, and programs that only talk to themselves."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from functools import cache
from pathlib import Path

C_HEAD = r"""
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>
static struct sockaddr_in to(const char *host, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, host, &a.sin_addr);
  return a;
}
"""

C_HEAD += r"""
#include <time.h>
static int more(int i, long seen) {  /* until this thread saw the other one's work often enough, and bounded */
  static struct timespec start; static long before, changes; struct timespec now; clock_gettime(CLOCK_MONOTONIC, &now);
  if (!i) start = now;
  changes += seen != before; before = seen;
  long ms = (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
  return ms < 5000 && (i < 100 || changes < 24 || (i < 20000 && ms < 100));
}
"""

RACE = r"""
static volatile struct sockaddr_in target;
static volatile int stop;
static volatile int go;
static void *flip(void *x) {
  unsigned in = inet_addr("127.0.0.1"), out = inet_addr("192.0.2.1");
  while (!stop) { go = 1; *(volatile unsigned *)&target.sin_addr = in; *(volatile unsigned *)&target.sin_addr = out; }
  return 0;
}
"""

C_PROGRAMS = {
    "connect": r"""int main(void) { struct sockaddr_in a = to("192.0.2.1", 80); int s = socket(AF_INET, SOCK_STREAM, 0);
        connect(s, (void *)&a, sizeof a); return 0; }""",
    "sendmmsg": r"""int main(void) {
        struct sockaddr_in a = to("127.0.0.1", 9), b = to("192.0.2.1", 443); int s = socket(AF_INET, SOCK_DGRAM, 0);
        struct iovec v = {"secret", 6}; struct mmsghdr m[2] = {0};
        m[0].msg_hdr.msg_name = &a; m[0].msg_hdr.msg_namelen = sizeof a;
        m[1].msg_hdr.msg_name = &b; m[1].msg_hdr.msg_namelen = sizeof b;
        for (int i = 0; i < 2; i++) { m[i].msg_hdr.msg_iov = &v; m[i].msg_hdr.msg_iovlen = 1; }
        syscall(SYS_sendmmsg, s, m, 2, 0); return 0; }""",
    "unspec": r"""int main(void) { struct sockaddr_in a = to("192.0.2.1", 443); a.sin_family = AF_UNSPEC;
        int s = socket(AF_INET, SOCK_DGRAM, 0); sendto(s, "secret", 6, 0, (void *)&a, sizeof a); return 0; }""",
    "fastopen": r"""int main(void) { struct sockaddr_in a = to("192.0.2.1", 80); int s = socket(AF_INET, SOCK_STREAM, 0);
        sendto(s, "secret", 6, MSG_FASTOPEN, (void *)&a, sizeof a); return 0; }""",
    "io_uring": r"""int main(void) { char p[120] = {0}; syscall(425, 8, p); return 0; }""",
    "int80": r"""int main(void) {
        unsigned *m = (void *)0x10000000; 
        #include <sys/mman.h>
        m = mmap(m, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        int s = socket(AF_INET, SOCK_STREAM, 0); struct sockaddr_in a = to("192.0.2.1", 80);
        memcpy(m + 16, &a, sizeof a); m[0] = s; m[1] = (unsigned)(unsigned long)(m + 16); m[2] = sizeof a;
        long r; __asm__ volatile("int $0x80" : "=a"(r) : "a"(102L), "b"(3L), "c"((long)(unsigned long)m) : "memory");
        return 0; }""",
    "x32": r"""int main(void) { struct sockaddr_in a = to("192.0.2.1", 80); int s = socket(AF_INET, SOCK_STREAM, 0);
        syscall(0x40000000 + 42, s, &a, sizeof a); return 0; }""",
    "request_key": r"""int main(void) {
        syscall(SYS_request_key, "dns_resolver", "secret.example", "", -2); return 0; }""",
    "not_dumpable": r"""int main(void) { prctl(PR_SET_DUMPABLE, 0); struct sockaddr_in a = to("192.0.2.1", 80);
        int s = socket(AF_INET, SOCK_STREAM, 0); connect(s, (void *)&a, sizeof a); return 0; }""",
    "race_connect": RACE
    + r"""int main(void) { target = to("192.0.2.1", 80); pthread_t t; pthread_create(&t, 0, flip, 0); while (!go) sched_yield();
        for (int i = 0; more(i, target.sin_addr.s_addr); i++) { int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
          connect(s, (void *)&target, sizeof target); close(s); }
        stop = 1; pthread_join(t, 0); return 0; }""",
    "race_sendto": RACE
    + r"""int main(void) { target = to("192.0.2.1", 443); pthread_t t; pthread_create(&t, 0, flip, 0); while (!go) sched_yield();
        int s = socket(AF_INET, SOCK_DGRAM, 0);
        for (int i = 0; more(i, target.sin_addr.s_addr); i++) sendto(s, "secret", 6, 0, (void *)&target, sizeof target);
        stop = 1; pthread_join(t, 0); return 0; }""",
    "race_sendmsg": r"""
        static struct sockaddr_in target; static volatile struct msghdr m; static volatile int stop, go;
        static void *flip(void *x) { while (!stop) { go = 1;
            *(void *volatile *)&m.msg_name = 0; *(volatile unsigned *)&m.msg_namelen = 0;
            *(volatile unsigned *)&m.msg_namelen = sizeof target; *(void *volatile *)&m.msg_name = &target; } return 0; }
        int main(void) { target = to("192.0.2.1", 443); struct iovec v = {"secret", 6}; m.msg_iov = &v; m.msg_iovlen = 1;
          pthread_t t; pthread_create(&t, 0, flip, 0); while (!go) sched_yield(); int s = socket(AF_INET, SOCK_DGRAM, 0);
          for (int i = 0; more(i, (long)m.msg_name); i++) sendmsg(s, (void *)&m, MSG_NOSIGNAL);
          stop = 1; pthread_join(t, 0); return 0; }""",
    "race_descriptor": r"""
        static volatile int stop, go; static int a, b, slot = 99;
        static void *flip(void *x) { while (!stop) { go = 1; dup2(a, slot); dup2(b, slot); } return 0; }
        int main(void) { struct sockaddr_in in = to("127.0.0.1", 8099), out = to("192.0.2.1", 443);
          a = socket(AF_INET, SOCK_DGRAM, 0); b = socket(AF_UNIX, SOCK_DGRAM, 0); dup2(a, slot);
          pthread_t t; pthread_create(&t, 0, flip, 0); while (!go) sched_yield();
          for (int i = 0; more(i, i); i++) { connect(slot, (void *)&out, sizeof out); send(slot, "secret", 6, MSG_NOSIGNAL);
            connect(slot, (void *)&in, sizeof in); send(slot, "secret", 6, MSG_NOSIGNAL); }
          stop = 1; pthread_join(t, 0); return 0; }""",
    "ok": r"""int main(void) { struct sockaddr_in a = to("127.0.0.1", 0); socklen_t n = sizeof a;
        int l = socket(AF_INET, SOCK_STREAM, 0); if (bind(l, (void *)&a, n) || listen(l, 5)) return 1;
        getsockname(l, (void *)&a, &n);
        int s = socket(AF_INET, SOCK_STREAM, 0); if (connect(s, (void *)&a, n)) return 2;
        int c = accept(l, 0, 0); char x[8]; struct iovec v = {"hello", 5}; struct msghdr m = {0}; m.msg_iov = &v; m.msg_iovlen = 1;
        if (sendmsg(s, &m, 0) != 5 || read(c, x, 8) != 5) return 3; return 0; }""",
}

RUST = r"""
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
fn main() -> std::io::Result<()> {
    match std::env::args().nth(1).unwrap().as_str() {
        "tcp" => { let _ = TcpStream::connect("192.0.2.1:80"); }
        "udp" => { let _ = UdpSocket::bind("127.0.0.1:0")?.send_to(b"secret", "192.0.2.1:443"); }
        "name" => { let _ = "secret.example.com:80".to_socket_addrs(); }
        "listen" => { let _ = TcpListener::bind("0.0.0.0:8080"); }
        _ => {
            let server = TcpListener::bind("127.0.0.1:0")?;
            let mut client = TcpStream::connect(("localhost", server.local_addr()?.port()))?;
            client.write_all(b"hello")?;
            let mut got = [0; 5];
            server.accept()?.0.read_exact(&mut got)?;
            assert_eq!(&got, b"hello");
        }
    }
    Ok(())
}
"""
GO = r"""
package main
import ("context"; "io"; "net"; "net/http"; "os"; "strings")
func main() {
    switch os.Args[1] {
    case "tcp": net.Dial("tcp", "192.0.2.1:80")
    case "udp": if c, err := net.Dial("udp", "192.0.2.1:443"); err == nil { c.Write([]byte("secret")) }
    case "name": (&net.Resolver{PreferGo: true}).LookupHost(context.Background(), "secret.example.com")
    case "listen": net.Listen("tcp", ":8080")
    default:
        l, err := net.Listen("tcp", "localhost:0")
        if err != nil { panic(err) }
        go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") }))
        r, err := http.Get("http://localhost:" + l.Addr().String()[strings.LastIndex(l.Addr().String(), ":")+1:])
        if err != nil { panic(err) }
        if b, _ := io.ReadAll(r.Body); string(b) != "hello" { panic(string(b)) }
    }
}
"""
BUILT = {"tcp": "192.0.2.1", "udp": "192.0.2.1", "name": "secret.example.com", "listen": "::"}
"""What the programs in Rust and Go do → the host in its event. Rust listens on 0.0.0.0."""


def quiet(code: str) -> str:
    """A Python program that tries *code* and takes a refusal."""
    body = "\n".join("    " + line for line in code.strip().split("\n"))
    return f"import os, socket, subprocess, sys, time\ntry:\n{body}\nexcept OSError as error:\n    print(error)\n"


PYTHON = {
    "connect": ("socket.socket().connect(('192.0.2.1', 80))", "192.0.2.1"),
    "a port above 1024": ("socket.socket().connect(('198.51.100.1', 443))", "198.51.100.1"),
    "IPv6": ("socket.socket(10).connect(('2001:db8::1', 80))", "2001:db8::1"),
    "IPv4 in IPv6": ("socket.socket(10).connect(('::ffff:192.0.2.1', 80))", "::ffff:192.0.2.1"),
    "a host as bytes": ("socket.socket().connect((b'192.0.2.1', 80))", "192.0.2.1"),
    "connect_ex": ("socket.socket().connect_ex(('192.0.2.1', 80))", "192.0.2.1"),
    "the C module beneath": ("import _socket\n_socket.socket().connect(('192.0.2.1', 80))", "192.0.2.1"),
    "sendto": ("socket.socket(2, 2).sendto(b'secret', ('192.0.2.1', 443))", "192.0.2.1"),
    "sendto with flags": ("socket.socket(2, 2).sendto(b'secret', 0, ('192.0.2.1', 443))", "192.0.2.1"),
    "sendmsg": ("socket.socket(2, 2).sendmsg([b'secret'], [], 0, ('192.0.2.1', 443))", "192.0.2.1"),
    "connected datagrams": ("s = socket.socket(2, 2)\ns.connect(('192.0.2.1', 443))\ns.send(b'secret')", "192.0.2.1"),
    "a name": ("socket.getaddrinfo('secret.example.com', 80)", "secret.example.com"),
    "a DNS message over TCP": (
        "s = socket.socket()\ns.connect(('192.0.2.1', 53))\n"
        "q = b'\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\6secret\\7example\\0\\0\\1\\0\\1'\n"
        "s.sendall(bytes([0]) + bytes([len(q)])); s.sendall(q[:9]); s.sendall(q[9:])\n"
        "assert s.recv(2) == bytes([0, len(q)]) and s.recv(99)[3] & 15 == 3",
        "secret.example",
    ),
    "a DNS message by hand": (
        "q = b'\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\6secret\\7example\\0\\0\\1\\0\\1'\n"
        "socket.socket(2, 2).sendto(q, ('192.0.2.1', 53))",
        "secret.example",
    ),
    "broadcast": (
        "s = socket.socket(2, 2)\ns.setsockopt(1, 6, 1)\ns.sendto(b'secret', ('255.255.255.255', 443))",
        "255.255.255.255",
    ),
    "multicast": ("socket.socket(2, 2).sendto(b'secret', ('224.0.0.251', 5353))", "224.0.0.251"),
    "every interface": ("socket.socket().bind(('', 8080))", "0.0.0.0"),
    "every interface, IPv6": ("socket.socket(10).bind(('::', 8080))", "::"),
    "listen without bind": ("socket.socket().listen()", "0.0.0.0"),
    "asyncio": (
        "import asyncio\nasyncio.run(asyncio.wait_for(asyncio.open_connection('192.0.2.1', 80), 5))",
        "192.0.2.1",
    ),
    "urllib": ("import urllib.request\nurllib.request.urlopen('http://192.0.2.1/', timeout=5)", "192.0.2.1"),
    "ctypes": (
        "import ctypes, struct\nc = ctypes.CDLL(None)\ns = c.socket(2, 1, 0)\n"
        "a = struct.pack('=H', 2) + struct.pack('!H', 80) + socket.inet_aton('192.0.2.1') + bytes(8)\n"
        "c.connect(s, a, 16)",
        "192.0.2.1",
    ),
    "an isolated child": (
        "subprocess.run([sys.executable, '-I', '-S', '-c', 'import socket; socket.socket().connect_ex((\"192.0.2.1\", 80))'])",
        "192.0.2.1",
    ),
    "a child without environment": (
        "subprocess.run([sys.executable, '-c', 'import socket; socket.socket().connect_ex((\"192.0.2.1\", 80))'], env={})",
        "192.0.2.1",
    ),
    "a daemon": (
        "sys.stdout.flush()\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        for fd in range(3): os.close(fd)\n"
        "        time.sleep(0.6)\n        socket.socket().connect_ex(('192.0.2.1', 80))\n    os._exit(0)",
        "192.0.2.1",
    ),
    "a service's socket": ("socket.socket(1).connect('service.sock')", "unix:service.sock"),
    "a service's socket through a link": (
        "os.symlink(os.path.abspath('service.sock'), f'link{os.getpid()}')\nsocket.socket(1).connect(f'link{os.getpid()}')",
        "unix:link",
    ),
    "a bind that fails, then connect": (
        "try:\n    socket.socket(1).bind('service.sock')\nexcept OSError: pass\nsocket.socket(1).connect('service.sock')",
        "unix:service.sock",
    ),
    "a log service's socket": ("socket.socket(1, 2).sendto(b'secret', 'log.sock')", "unix:log.sock"),
    "sendmsg to a log service": ("socket.socket(1, 2).sendmsg([b'secret'], [], 0, 'log.sock')", "unix:log.sock"),
    "VSOCK": ("socket.socket(40, 1)", "socket(VSOCK"),
    "packet": ("socket.socket(17, 3)", "socket(PACKET"),
    "raw": ("socket.socket(2, 3, 1)", "socket(INET, raw"),
    "ping": ("socket.socket(2, 2, 1)", "socket(INET, dgram"),
    "SCTP": ("socket.socket(2, 1, 132)", "socket(INET, stream, protocol 132"),
    "MPTCP": ("socket.socket(2, 1, 262).connect(('192.0.2.1', 80))", "192.0.2.1"),
    "another user": (
        "try: os.setuid(65534)\nexcept OSError: pass\nsocket.socket().connect(('192.0.2.1', 80))",
        "192.0.2.1",
    ),
    "another thread": (
        "import threading\nt = threading.Thread(target=lambda: socket.socket().connect_ex(('192.0.2.1', 80)))\n"
        "t.start(); t.join()",
        "192.0.2.1",
    ),
    "words for the user's shell": ("import fcntl\nfcntl.ioctl(0, 0x5412, b'x')", "the terminal"),
    "another namespace": (
        "import ctypes\nctypes.CDLL(None).setns(os.open('/proc/self/ns/net', 0), 0)",
        "another namespace",
    ),
    "a log that is emptied": (
        "socket.socket().connect_ex(('192.0.2.1', 80))\n"
        "[open(os.path.join(d, 'egress_log.jsonl'), 'w').close() for d in os.listdir('.') if d.startswith('out')]",
        "192.0.2.1",
    ),
}  # fmt: skip

WITHOUT_NAMESPACE = {
    "somebody's proxy on loopback": ("socket.socket().connect(('127.0.0.1', 8099))", "127.0.0.1"),
    "somebody's proxy by another spelling": ("socket.socket().connect(('0.0.0.0', 8099))", "0.0.0.0"),
    "somebody's datagram service": ("socket.socket(2, 2).sendto(b'secret', ('127.0.0.1', 8099))", "127.0.0.1"),
    "somebody's abstract socket": ("socket.socket(1).connect('\\0gk-test-service')", "unix:@gk-test-service"),
    "a device of its own choice": ("s = socket.socket()\ns.setsockopt(1, 25, b'lo\\0')", "socket option"),
    "a source route": (
        "s = socket.socket()\ns.setsockopt(0, 4, bytes([131, 7, 4, 192, 0, 2, 1, 0]))",
        "socket option",
    ),
    "descriptors of another process": (
        "import ctypes\nctypes.CDLL(None).syscall(434, os.getppid(), 0)",
        "another process",
    ),
}
"""Ways that only matter where the network is shared."""

C = {
    "connect": "192.0.2.1", "sendmmsg": "192.0.2.1", "unspec": "192.0.2.1", "fastopen": "192.0.2.1",
    "io_uring": "io_uring", "request_key": "the host's key service",
}  # fmt: skip
"""Name of a C program → the host in its event."""

OTHERS = {
    "perl": (("perl", "-MIO::Socket::INET", "-e", "IO::Socket::INET->new('192.0.2.1:80')"), "192.0.2.1"),
    "bash": (("bash", "-c", "exec 3<>/dev/tcp/192.0.2.1/80; true"), "192.0.2.1"),
    "perl, datagrams": (
        ("perl", "-MIO::Socket::INET", "-e", "my $s = IO::Socket::INET->new(Proto => 'udp', PeerAddr => '192.0.2.1:443'); print $s 'x' if $s"),
        "192.0.2.1",
    ),
    "perl, every interface": (("perl", "-MIO::Socket::INET", "-e", "IO::Socket::INET->new(Listen => 5, LocalPort => 8080)"), "0.0.0.0"),
    "node, datagrams": (
        ("node", "-e", "require('dgram').createSocket('udp4').on('error', () => 0).send('x', 443, '192.0.2.1', () => process.exit())"),
        "192.0.2.1",
    ),
    "node, fetch": (("node", "-e", "fetch('http://192.0.2.1/').catch(() => 0)"), "192.0.2.1"),
    "node, every interface": (("node", "-e", "require('net').createServer().on('error', () => 0).listen(8080, () => process.exit())"), "::"),
    "node": (("node", "-e", "require('net').connect(80, '192.0.2.1').on('error', () => 0)"), "192.0.2.1"),
    "node, a name": (
        ("node", "-e", "new (require('dns').Resolver)({timeout: 300, tries: 1}).resolve4('secret.example.com', () => 0)"), "secret.example.com",
    ),
    "curl": (("sh", "-c", "curl -sm5 http://192.0.2.1/; true"), "192.0.2.1"),
    "nsenter": (("sh", "-c", "nsenter --net=/proc/self/ns/net true; true"), "another namespace"),
}  # fmt: skip

HARMLESS = {
    "loopback in all its spellings": """
import socket
for listen, hosts in (("127.0.0.1", ("127.0.0.1", "0.0.0.0", "localhost", "127.1")), ("127.0.0.2", ("127.0.0.2",)),
                      ("::1", ("::1", "::"))):
    server = socket.create_server((listen, 0), family=10 if ":" in listen else 2)
    for host in hosts:
        socket.create_connection((host, server.getsockname()[1])).close()
    if listen == "127.0.0.1":
        s = socket.socket(10); s.connect(("::ffff:127.0.0.1", server.getsockname()[1])); s.close()
""",
    "datagrams": """
import socket
a, b = socket.socket(2, 2), socket.socket(2, 2)
a.bind(("127.0.0.1", 0)); a.settimeout(5)
b.sendto(b"one", a.getsockname()); assert a.recv(9) == b"one"
b.sendmsg([b"t", b"wo"], [], 0, a.getsockname()); assert a.recv(9) == b"two"
b.connect(a.getsockname()); b.send(b"three"); assert a.recv(9) == b"three"
""",
    "UNIX sockets": """
import array, os, socket, tempfile
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "s"); server = socket.socket(1); server.bind(path); server.listen()
    client = socket.socket(1); client.connect(path); there, _ = server.accept()
    assert client.getpeername() == path
    os.chdir(folder); again = socket.socket(1); again.connect("s"); again.close()
    r, w = os.pipe(); socket.send_fds(client, [b"x"], [w]); _, (fd,), _, _ = socket.recv_fds(there, 9, 1)
    os.write(fd, b"through"); assert os.read(r, 9) == b"through"
    s = socket.socket(1); s.bind("\\0gk-mine-%d" % os.getpid()); s.listen()
    socket.socket(1).connect("\\0gk-mine-%d" % os.getpid())
    d = socket.socket(1, 2); d.bind(os.path.join(folder, "d")); e = socket.socket(1, 2)
    e.sendto(b"hello", os.path.join(folder, "d")); assert d.recv(9) == b"hello"
""",
    "connections that nobody has accepted yet": """
import os, socket, tempfile
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "s"); server = socket.socket(1); server.bind(path); server.listen(5)
    waiting = [socket.socket(1) for _ in range(3)]
    for client in waiting: client.connect(path)
    server.accept()[0].close(); waiting[0].close(); socket.socket(1).connect(path)
tcp = socket.create_server(("127.0.0.1", 0))
waiting = [socket.create_connection(tcp.getsockname()) for _ in range(3)]
""",
    "a socket file that its server left behind": """
import os, socket, tempfile
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "s"); server = socket.socket(1); server.bind(path); server.listen(); server.close()
    assert socket.socket(1).connect_ex(path) == 111
    server = socket.socket(1, 2); server.bind(path + "d"); socket.socket(1, 2).sendto(b"x", path + "d"); server.close()
    assert socket.socket(1, 2).connect_ex(path + "d") == 111
    assert socket.socket(1).connect_ex("\\0gk-nobody-is-here") == 111
""",
    "a listener that its maker passed on": """
import os, socket
ours, theirs = socket.socketpair()
server = socket.create_server(("127.0.0.1", 0)); address = server.getsockname()
if os.fork() == 0:
    kept = socket.recv_fds(theirs, 1, 1)[1]; theirs.send(b"x"); theirs.recv(1); os._exit(0)
socket.send_fds(ours, [b"x"], [server.fileno()]); ours.recv(1); server.close()
socket.create_connection(address).close(); ours.send(b"x"); os.wait()
""",
    "multiprocessing": """
import multiprocessing as mp
def f(x): return x * x
if __name__ == "__main__":
    for method in ("fork", "spawn", "forkserver"):
        with mp.get_context(method).Pool(2) as pool: assert pool.map(f, range(4)) == [0, 1, 4, 9]
    with mp.Manager() as manager: assert list(manager.list([1, 2])) == [1, 2]
""",
    "asyncio": """
import asyncio
async def main():
    async def echo(r, w): w.write(await r.readline()); await w.drain(); w.close()
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        r, w = await asyncio.open_connection("localhost", server.sockets[0].getsockname()[1])
        w.write(b"hi\\n"); assert await r.readline() == b"hi\\n"; w.close()
asyncio.run(main())
""",
    "a server and a client of HTTP": """
import http.server, threading, urllib.request
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
s.RequestHandlerClass.log_message = lambda *a: None
threading.Thread(target=s.serve_forever, daemon=True).start()
assert urllib.request.urlopen("http://127.0.0.1:%d/" % s.server_port).status == 200
s.shutdown()
""",
    "processes and pipes": """
import subprocess, sys
assert subprocess.run(["sh", "-c", "echo hi | cat"], capture_output=True).stdout == b"hi\\n"
assert subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True).stdout == b"42\\n"
import getpass, os, pwd, grp
pwd.getpwuid(os.getuid()); os.path.expanduser("~root")
""",
}


@cache
def compiled(name: str, folder: Path, *flags: str) -> Path | str:
    """The C program *name*, or why it cannot be had."""
    if not shutil.which("gcc"):
        return "gcc is not installed"
    if name in ("int80", "x32") and platform.machine() != "x86_64":
        return "for x86-64 alone"
    source, target = folder / f"{name}.c", folder / (name + "".join(flags))
    source.write_text(C_HEAD + C_PROGRAMS[name])
    done = subprocess.run(["gcc", "-w", *flags, "-o", target, source, "-lpthread"], capture_output=True, text=True)
    return target if done.returncode == 0 else f"gcc {' '.join(flags)}: {done.stderr[:200]}"


@cache
def built(language: str, folder: Path) -> Path | str:
    """The program in Rust or Go (that one linked statically), or why it cannot be had."""
    tool, name, source = {"rust": ("rustc", "out.rs", RUST), "go": ("go", "out.go", GO)}[language]
    if not shutil.which(tool):
        return f"{tool} is not installed"
    (folder / name).write_text(source)
    target = folder / f"{language}-program"
    words = ["rustc", "-o", target, name] if language == "rust" else ["go", "build", "-o", target, name]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, env={**os.environ, "CGO_ENABLED": "0"})
    return target if done.returncode == 0 else f"{tool}: {done.stderr[:200]}"


OTHERS_AT_HOME = {
    "node": (
        "node",
        "-e",
        "if (process.argv[2]) process.send('up'); else {"
        "const s = require('http').createServer((q, r) => r.end('hello')).listen(0, '127.0.0.1', () =>"
        " fetch(`http://localhost:${s.address().port}/`).then(r => r.text()).then(t => {"
        "  if (t !== 'hello') process.exit(3); s.close(); s.closeAllConnections(); }));"
        "new (require('worker_threads').Worker)('1', {eval: true}); require('child_process').execSync('true'); }",
    ),
    "perl": (
        "perl",
        "-MIO::Socket::INET",
        "-e",
        "my $l = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or exit 2;"
        "my $c = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $l->sockport) or exit 3;"
        "my $a = $l->accept; $c->autoflush; print $c qq(hello\\n); exit(<$a> eq qq(hello\\n) ? 0 : 4)",
    ),
    "shell": (
        "sh",
        "-ec",
        "getent passwd root >/dev/null; id >/dev/null; mkfifo f$$; cat f$$ & echo x > f$$; wait; rm f$$",
    ),
    "git": (
        "sh",
        "-ec",
        "export HOME=$PWD; d=$(mktemp -d); cd $d; git init -q a; cd a; git -c user.name=x -c user.email=x commit -qm x --allow-empty;"
        "cd ..; git clone -q a b; git -C b fetch -q; rm -rf $d",
    ),
    "strace": ("sh", "-ec", "strace -f -o /dev/null true"),
}
"""Programs of other languages that only talk to themselves."""
