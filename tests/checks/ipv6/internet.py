"""
The internet of the tests, as its own process: HTTP over IPv6 on port 80, and a name server on UDP port 53.

Arguments: the AAAA address that every name has, or ``-`` for names without one. Prints ``ready`` when both answer.
"""

import socket
import socketserver
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_NAME_AT_12 = b"\xc0\x0c"
_AAAA = 28


class Web(ThreadingHTTPServer):
    """On every IPv6 address."""

    address_family = socket.AF_INET6


class Page(BaseHTTPRequestHandler):
    """An empty answer."""

    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


def answer(query: bytes, address: str) -> bytes:
    """The question back, with one AAAA record when there is one and it was asked for."""
    record = b""
    if address != "-" and struct.unpack("!H", query[-4:-2])[0] == _AAAA:
        record = _NAME_AT_12 + struct.pack("!HHIH", _AAAA, 1, 60, 16) + socket.inet_pton(socket.AF_INET6, address)
    return query[:2] + struct.pack("!HHHHH", 0x8180, 1, 1 if record else 0, 0, 0) + query[12:] + record


def serve(address: str) -> None:
    """Serve until killed."""

    class Names(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            query, back = self.request
            back.sendto(answer(query, address), self.client_address)

    with Web(("::", 80), Page) as web, socketserver.UDPServer(("0.0.0.0", 53), Names) as names:
        threading.Thread(target=names.serve_forever, daemon=True).start()
        web.serve_forever()


if __name__ == "__main__":
    serve(sys.argv[1])
