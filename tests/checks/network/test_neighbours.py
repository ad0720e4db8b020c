"""The neighbour tables, from recorded bytes of the kernel and from the running one."""

import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.network.neighbours import Neighbour, Standing, parse_arp_file, parse_netlink, read_neighbours
from checks.registry import CheckError
from contract.reason import ReasonCode
from tests.checks.machine import Machine

REACHABLE, STALE, DELAY, FAILED, INCOMPLETE, NOARP, PERMANENT = 0x02, 0x04, 0x08, 0x20, 0x01, 0x40, 0x80


def entry(address: bytes, mac: bytes | None, state: int, *, flags: int = 0, family: int | None = None) -> bytes:
    """An RTM_NEWNEIGH message as rtnetlink(7) lays it out."""

    def attribute(kind: int, data: bytes) -> bytes:
        return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)

    own = family if family is not None else (2 if len(address) == 4 else 10)
    body = struct.pack("=BBHiHBB", own, 0, 0, 3, state, flags, 1) + attribute(1, address)
    body += attribute(2, mac) if mac else b""
    return struct.pack("=IHHII", 16 + len(body), 28, 2, 1, 0) + body


MAC = bytes.fromhex("00163e000101")
V4, V6 = bytes([10, 40, 0, 11]), bytes.fromhex("fe80000000000000000000000000000b")


def parsed(*messages: bytes) -> list[Neighbour]:
    return parse_netlink(b"".join(messages), lambda index: f"if{index}")


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        (REACHABLE, Standing.CONFIRMED),
        (PERMANENT, Standing.CONFIRMED),
        (STALE, Standing.STALE),
        (DELAY, Standing.STALE),
        (FAILED, Standing.FAILED),
        (INCOMPLETE, Standing.FAILED),
    ],
)
def test_states_become_how_sure_the_kernel_is(state: int, standing: Standing) -> None:
    (found,) = parsed(entry(V4, MAC, state))
    assert found.standing is standing
    assert (found.mac is None) is (standing is Standing.FAILED)


def test_both_families_are_read_with_the_interfaces_name() -> None:
    assert parsed(entry(V4, MAC, REACHABLE), entry(V6, MAC, STALE)) == [
        Neighbour("10.40.0.11", "00:16:3e:00:01:01", "if3", Standing.CONFIRMED),
        Neighbour("fe80::b", "00:16:3e:00:01:01", "if3", Standing.STALE),
    ]


def test_what_is_no_neighbour_is_left_out() -> None:
    multicast = bytes.fromhex("ff020000000000000000000000000001")
    assert (
        parsed(
            entry(V4, MAC, NOARP),
            entry(V4, MAC, REACHABLE, flags=0x08),
            entry(V4, MAC, REACHABLE, family=7),
            entry(multicast, MAC, REACHABLE),
        )
        == []
    )


@given(st.binary(max_size=200))
def test_broken_bytes_never_raise(tail: bytes) -> None:
    found = parsed(entry(V4, MAC, REACHABLE), tail)
    assert found[0].address == "10.40.0.11"


def test_the_file_of_old_kernels_is_read_as_stale() -> None:
    text = (
        "IP address       HW type     Flags       HW address            Mask     Device\n"
        "192.168.1.1      0x1         0x2         00:16:3e:00:00:01     *        eth0\n"
        "192.168.1.9      0x1         0x0         00:00:00:00:00:00     *        eth0\n"
    )
    assert parse_arp_file(text) == [
        Neighbour("192.168.1.1", "00:16:3e:00:00:01", "eth0", Standing.STALE),
        Neighbour("192.168.1.9", None, "eth0", Standing.FAILED),
    ]


def test_a_root_of_its_own_is_read_from_its_files(tmp_path: Path) -> None:
    Machine(tmp_path).write("proc/net/arp", "head\n192.168.1.1 0x1 0x2 00:16:3e:00:00:01 * eth0\n")
    assert [item.address for item in read_neighbours(root=tmp_path, platform="linux")] == ["192.168.1.1"]


def test_a_table_that_cannot_be_read_is_an_error_and_not_an_empty_lan(tmp_path: Path) -> None:
    with pytest.raises(CheckError) as caught:
        read_neighbours(root=tmp_path, platform="linux")
    assert caught.value.reason.code is ReasonCode.READING_FAILED


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
def test_the_running_kernel_lists_every_ipv4_entry_of_its_own_file() -> None:
    """The dump and /proc/net/arp are two views of one table; reading sends nothing."""
    known = {item.address for item in parse_arp_file(Path("/proc/net/arp").read_text()) if item.mac}
    assert known <= {item.address for item in read_neighbours(root=Path("/"), platform="linux")}
