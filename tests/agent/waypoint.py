"""A forward proxy on loopback, as a school's gateway runs one: tunnels and plain requests, with a login when told."""

import base64
import contextlib
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """``seen`` are the request lines it was given; with ``login`` it wants ``user:password``."""

    url: str = ""
    login: str = ""
    seen: list[str] = field(default_factory=list)


@contextlib.contextmanager
def proxy(login: str = "") -> Iterator[Proxy]:
    """A running proxy."""
    made = Proxy(login=login)

    class Handler(socketserver.StreamRequestHandler):
        rbufsize = 0  # what follows the headers belongs to the other side

        def handle(self) -> None:
            line = self.rfile.readline().decode()
            headers = []
            while (header := self.rfile.readline().decode()).strip():
                headers.append(header)
            made.seen.append(line.strip())
            expected = base64.b64encode(made.login.encode()).decode()
            if made.login and f"Proxy-Authorization: Basic {expected}\r\n" not in headers:
                self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            method, target, _ = line.split()
            if method == "CONNECT":
                host, _, port = target.rpartition(":")
                with socket.create_connection((host.strip("[]"), int(port)), 5) as onward:
                    self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    _pipe(self.connection, onward)
                return
            address, _, path = target.removeprefix("http://").partition("/")
            host, _, port = address.partition(":")
            with socket.create_connection((host, int(port)), 5) as onward:
                kept = "".join(header for header in headers if not header.startswith(("Proxy-", "Connection:")))
                onward.sendall(f"{method} /{path} HTTP/1.1\r\n{kept}Connection: close\r\n\r\n".encode())
                _pipe(self.connection, onward)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        made.url = f"http://{login + '@' if login else ''}127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        server.shutdown()


def _pipe(left: socket.socket, right: socket.socket) -> None:
    while True:
        for source in select.select([left, right], [], [], 5)[0]:
            data = source.recv(65_536)
            if not data:
                return
            (right if source is left else left).sendall(data)
