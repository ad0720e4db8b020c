"""
Which congestion control a sender uses, chosen per socket where the system allows it.

CUBIC fills a clean line exactly with 8 connections at 20 and 100 ms, where 8 BBR connections push each other out of a short
queue and read 8 to 14 % low at 100 ms; with 1 % random loss CUBIC carries half of the line and BBR all of it (measured). So
a test begins with CUBIC, and connections that are added because the line is not full use BBR.
"""

import socket

STEADY = ("cubic", "reno")
"""For clean lines. reno is allowed everywhere, and stands in where the system's default is BBR and CUBIC is not allowed."""
LOSSY = ("bbr",)


def choose(sock: socket.socket, names: tuple[str, ...]) -> str | None:
    """Make ``sock`` send with the first of ``names`` the system allows; None when it stays with the system's own."""
    option = getattr(socket, "TCP_CONGESTION", None)
    if option is None:  # Windows and macOS
        return None
    for name in names:
        try:
            sock.setsockopt(socket.IPPROTO_TCP, option, name.encode())
        except OSError:  # not compiled in, or not in net.ipv4.tcp_allowed_congestion_control
            continue
        return name
    return None
