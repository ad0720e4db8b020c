"""
What LibreSpeed's command line client does, for comparison where it cannot be had (it is on neither apt, PyPI nor npm).

``python -m benchmarks.librespeed_client URL download|upload``: three connections for 10 s; download counts what arrives,
upload what the socket took, both over the whole time (librespeed-cli 1.0.9: ``defs/server.go``).
"""

import http.client
import json
import os
import sys
import threading
import time
from urllib.parse import urlsplit

CONNECTIONS, SECONDS, UPLOAD_BYTES = 3, 10.0, 1024 * 1024
"""Its defaults."""


class Transfer:
    """Shared by the connections."""

    def __init__(self, url: str) -> None:
        self.parts = urlsplit(url)
        self.count = 0
        self.lock = threading.Lock()
        self.end = time.monotonic() + SECONDS
        self.noise = os.urandom(UPLOAD_BYTES)

    def add(self, size: int) -> None:
        """Bytes that came or went."""
        with self.lock:
            self.count += size

    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.end

    def connect(self) -> http.client.HTTPConnection:
        """A new connection."""
        return http.client.HTTPConnection(self.parts.hostname or "", self.parts.port, timeout=10)

    def download(self) -> None:
        """``garbage.php``, again and again."""
        while not self.over():
            connection = self.connect()
            connection.request("GET", "/garbage.php?ckSize=100")
            answer = connection.getresponse()
            while not self.over() and (piece := answer.read(64 * 1024)):
                self.add(len(piece))
            connection.close()

    def upload(self) -> None:
        """``empty.php``, again and again."""
        connection = self.connect()
        while not self.over():
            connection.putrequest("POST", "/empty.php")
            connection.putheader("Content-Length", str(UPLOAD_BYTES))
            connection.endheaders()
            for start in range(0, UPLOAD_BYTES, 32 * 1024):
                connection.send(self.noise[start : start + 32 * 1024])
                self.add(32 * 1024)
                if self.over():
                    return
            connection.getresponse().read()


def main() -> int:
    """Print the rate, the seconds and the megabytes as JSON."""
    transfer = Transfer(sys.argv[1])
    began = time.monotonic()
    work = transfer.download if sys.argv[2] == "download" else transfer.upload
    threads = [threading.Thread(target=work, daemon=True) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS + 1)
    seconds = time.monotonic() - began
    sys.stdout.write(json.dumps({"mbit_s": transfer.count * 8e-6 / seconds, "megabytes": transfer.count / 1e6}))
    sys.stdout.flush()
    os._exit(0)  # as it does: what is still under way is left


if __name__ == "__main__":
    main()
