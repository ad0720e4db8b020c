"""The configured name servers."""

from pathlib import Path

import pytest

from checks.ipv6.resolvers import resolvers
from tests.checks.machine import Machine

HAND, DHCP = "NameServer", "DhcpNameServer"


class Registry:
    """The part of winreg that is used, over a plain tree: interfaces of both families, values by name."""

    HKEY_LOCAL_MACHINE = 0

    def __init__(self, ipv4: list[dict[str, str]], ipv6: list[dict[str, str]]) -> None:
        self.trees = {r"Tcpip\Parameters": ipv4, r"Tcpip6\Parameters": ipv6}

    def OpenKey(self, parent: object, name: object) -> object:  # noqa: N802 - winreg's own names
        if isinstance(parent, list):
            assert isinstance(name, int)
            return parent[name]
        tree = next((items for part, items in self.trees.items() if part in str(name)), None)
        if not tree:
            raise FileNotFoundError(name)
        return tree

    def QueryInfoKey(self, key: list[object]) -> tuple[int, int, int]:  # noqa: N802
        return len(key), 0, 0

    def EnumKey(self, _key: list[object], number: int) -> int:  # noqa: N802
        return number

    def QueryValueEx(self, key: dict[str, str], name: str) -> tuple[str, int]:  # noqa: N802
        if name not in key:
            raise FileNotFoundError(name)
        return key[name], 1


def test_the_first_three_of_the_file_are_asked(tmp_path: Path) -> None:
    Machine(tmp_path).write(
        "etc/resolv.conf",
        "# comment\nsearch school.example\nnameserver 192.0.2.53\nnameserver fe80::1%eth0\nnameserver not-an-address\n"
        "nameserver 192.0.2.53\nnameserver 192.0.2.54\nnameserver 192.0.2.55\n",
    )
    assert resolvers(tmp_path, "linux") == ["192.0.2.53", "fe80::1%eth0", "192.0.2.54"]


@pytest.mark.parametrize("text", [None, "", "options rotate\n", "nameserver\n"])
def test_without_a_server_the_list_is_empty(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        Machine(tmp_path).write("etc/resolv.conf", text)
    assert resolvers(tmp_path, "linux") == []


def test_windows_keeps_them_in_the_registry_and_those_set_by_hand_win(tmp_path: Path) -> None:
    registry = Registry(
        [{HAND: "192.0.2.1,192.0.2.2", DHCP: "192.0.2.9"}, {HAND: "", DHCP: "192.0.2.3"}, {}], [{HAND: "2400:da00::53"}]
    )
    assert resolvers(tmp_path, "win32", registry=lambda: registry) == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


def test_a_registry_without_ipv6_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    registry = Registry([{DHCP: "192.0.2.3"}], [])
    assert resolvers(tmp_path, "win32", registry=lambda: registry) == ["192.0.2.3"]
