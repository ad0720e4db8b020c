"""A link on which a search sends and hears frames."""

import select
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

_ARP, _IPV6 = 0x0806, 0x86DD
_SOL_PACKET, _ADD_MEMBERSHIP, _ALL_MULTICAST = 263, 1, 2
_RECEIVE_BUFFER = 4 << 20
"""A thousand answers to one multicast query come within a second."""
_RETRY_S = 0.05


class LinkLost(Exception):  # noqa: N818 - an event, handled where the search is
    """The interface went down. A switch that closes a port for sending too much looks just like this."""


class Wire(Protocol):
    """A link on which frames are sent and received."""

    def send(self, frame: bytes) -> bool:
        """True when the frame went out, False when the system had no room for it now. Raises :class:`LinkLost`."""

    def receive(self, wait_s: float) -> bytes | None:
        """The next frame, None when none came within ``wait_s``."""

    def up(self) -> bool:
        """False when the link has no carrier any more."""

    def close(self) -> None:
        """Give the sockets back."""


class RawWire:
    """
    Linux AF_PACKET sockets for ARP and IPv6.

    Raises PermissionError without CAP_NET_RAW, OSError when the interface is gone.
    """

    def __init__(self, interface: str, root: Path = Path("/"), pause: Callable[[float], None] = time.sleep) -> None:
        self._carrier = root / "sys/class/net" / interface / "carrier"
        self._pause = pause
        self._sockets: list[socket.socket] = []
        try:
            for ethertype in (_ARP, _IPV6):
                made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ethertype))
                self._sockets.append(made)
                made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
                made.bind((interface, ethertype))
                made.setblocking(False)
            # reports of multicast listeners go to ff02::16, which a card drops unless somebody wants it
            wanted = struct.pack("iHH8s", socket.if_nametoindex(interface), _ALL_MULTICAST, 0, b"")
            self._sockets[1].setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, wanted)
        except OSError:
            self.close()
            raise

    def send(self, frame: bytes) -> bool:
        for _ in range(2):
            try:
                self._sockets[0].send(frame)
            except BlockingIOError:
                return False
            except OSError as error:  # ENOBUFS: the card's queue is full, or there is no card any more
                if not self.up():
                    raise LinkLost from error
                self._pause(_RETRY_S)
            else:
                return True
        return False

    def receive(self, wait_s: float) -> bytes | None:
        for ready in select.select(self._sockets, [], [], max(0.0, wait_s))[0]:
            try:
                return bytes(ready.recv(2048))
            except BlockingIOError:
                continue
            except OSError as error:  # ENETDOWN
                raise LinkLost from error
        return None

    def up(self) -> bool:
        try:
            return self._carrier.read_text(encoding="ascii").strip() == "1"
        except OSError:  # EINVAL: the interface is switched off; ENOENT: it is gone
            return False

    def close(self) -> None:
        for item in self._sockets:
            item.close()
