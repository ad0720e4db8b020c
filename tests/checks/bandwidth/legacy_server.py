"""
A server that speaks the old HTTP protocol of speedtest.net, as ``speedtest-cli --mini`` uses it, and LibreSpeed's backend.

``python -m tests.checks.bandwidth.legacy_server HOST PORT``. A client that takes it for its HTTP proxy gets the client
configuration from it, too, so that nothing leaves the simulated network.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

NOISE = os.urandom(256 * 1024)
SIZES = {
    350: 245_388,
    500: 505_544,
    750: 1_118_012,
    1000: 1_986_284,
    1500: 4_468_241,
    2000: 7_907_740,
    2500: 12_407_926,
    3000: 17_816_816,
    3500: 24_262_167,
    4000: 31_625_365,
}
"""Bytes of random<N>x<N>.jpg on the servers of speedtest.net."""
CONFIG = b"""<?xml version="1.0" encoding="UTF-8"?>
<settings><client ip="192.0.2.1" lat="0" lon="0" isp="-" isprating="3.7" rating="0" ispdlavg="0" ispulavg="0" country="-"/>
<server-config threadcount="4" ignoreids="" notonmap="" forcepingid="" preferredserverid=""/>
<download testlength="10" initialtest="250K" mintestsize="250K" threadsperurl="4"/>
<upload testlength="10" ratio="5" initialtest="0" mintestsize="32K" threads="2" maxchunksize="512K" maxchunkcount="50"
 threadsperurl="4"/></settings>"""
MINI = b'<html><script>upload_extension: "php"</script></html>'


class Handler(BaseHTTPRequestHandler):
    """One request each."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Configuration, latency, pictures, garbage."""
        path = urlsplit(self.path).path
        name = path.rpartition("/")[2]
        if name == "speedtest-config.php":
            self._say(CONFIG)
        elif path in ("", "/", "/mini.html"):
            self._say(MINI)
        elif name == "latency.txt":
            self._say(b"test=test\n")
        elif name == "empty.php":
            self._say(b"")
        elif name.startswith("random"):
            self._noise(SIZES[int(name.removeprefix("random").partition("x")[0])])
        elif name in ("garbage.php", "object.bin"):
            self._noise(100 * 1024 * 1024 if name == "garbage.php" else 30_000_000)
        else:
            self.send_error(404)

    def do_HEAD(self) -> None:
        """For the latency of an object."""
        self.send_response(200)
        self.send_header("Content-Length", "30000000")
        self.end_headers()

    def do_POST(self) -> None:
        """Takes everything and says how much it was."""
        left = size = int(self.headers.get("Content-Length", 0))
        while left:
            piece = self.rfile.read(min(left, 65_536))
            if not piece:
                self.close_connection = True
                return
            left -= len(piece)
        self._say(f"size={size}".encode())

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _noise(self, size: int) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        try:
            while size:
                self.wfile.write(NOISE[: min(size, len(NOISE))])
                size -= min(size, len(NOISE))
        except OSError:  # the client has seen enough
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class Server(ThreadingHTTPServer):
    """Says nothing of clients that leave in the middle."""

    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_: object) -> None:
        """A connection that was reset is how these tests end."""


@contextmanager
def serving() -> Iterator[str]:
    """Its URL."""
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(10)


def main() -> int:
    """Serve until terminated."""
    with Server((sys.argv[1], int(sys.argv[2])), Handler) as server:
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
