"""A collector's viewer interface on loopback: the real types, encoded as the collector encodes them, over a real socket."""

import argparse
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from contract.api import Problem
from contract.wire import encode
from tests.tui.county import County

TOKEN = "ca_viewer_county_loopback"


class Collector(ThreadingHTTPServer):
    """``trouble`` makes it answer a status, ``garbage`` or nothing; ``requests`` holds the paths that were asked for."""

    daemon_threads = True

    def __init__(self, county: County, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.county = county
        self.trouble: int | str | None = None
        self.asked: list[str] = []
        self.broken_after: int | None = None
        """Pages of schools that are answered before 500."""
        self.release = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Collector
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.asked.append(self.path)
        trouble = self.server.trouble
        if trouble == "silence":
            self.server.release.wait(30)
            return self._answer(503, b"")
        if trouble == "garbage":
            return self._answer(200, b"<html>\xff router login</html>")
        if trouble == "strange":
            return self._answer(200, b'{"items":[{"id":1}],"total":1,"schools":"many"}')
        if trouble == "problem":
            problem = Problem(
                type="urn:campus-audit:problem.bad_query",
                title="bad query",
                status=422,
                code="problem.bad_query",
                params={"expected": "1 – 500"},
                field="limit",
            )
            return self._answer(422, encode(problem))
        if isinstance(trouble, int):
            return self._answer(trouble, b"{}")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._answer(401, b"{}")
        return self._dispatch(parts.path, {key: values[0] for key, values in parse_qs(parts.query).items()})

    def _dispatch(self, path: str, query: dict[str, str]) -> None:
        county = self.server.county
        found: Any = None
        if path == "/v1/schools" and self.server.broken_after is not None:
            self.server.broken_after -= 1
            if self.server.broken_after < 0:
                return self._answer(500, b"{}")
        if path == "/v1/schools":
            found = county.page(int(query.get("limit", "100")), query.get("after"))
        elif path == "/v1/rollup":
            found = county.rollup()
        elif path.startswith("/v1/schools/"):
            found = county.detail(unquote(path.removeprefix("/v1/schools/")))
        return self._answer(404, b"{}") if found is None else self._answer(200, encode(found))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name http.server asks for
        """Quiet."""


@contextmanager
def serving(county: County) -> Iterator[Collector]:
    """A collector for the length of a test."""
    collector = Collector(county)
    thread = threading.Thread(target=collector.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        collector.release.set()
        collector.shutdown()
        collector.server_close()
        thread.join()


def main() -> None:
    """``python -m tests.tui.server 40 8099``: to look at the dashboard by hand; prints its address and token."""
    parser = argparse.ArgumentParser()
    parser.add_argument("schools", type=int)
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    collector = Collector(County(options.schools, now=datetime.now(UTC)), options.port)
    print(collector.url, TOKEN, flush=True)  # noqa: T201
    collector.serve_forever()


if __name__ == "__main__":
    main()
