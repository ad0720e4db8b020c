"""The ARP sweep: its frames, its pace, its rounds, and its end."""

import random
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.inventory.budget import FRAMES_PER_SECOND, Budget, Preset
from checks.inventory.frames import arp_request, parse_arp
from checks.inventory.sweep import Swept, sweep
from tests.checks.inventory.simulated import SENDER, Clock, SimulatedWire, losing, reply

TARGETS = [host for host in IPv4Network("10.40.0.0/24").hosts() if host != SENDER.address]


def many(count: int) -> dict[str, list[str]]:
    return {f"10.40.0.{number}": [f"00:16:3e:00:01:{number:02x}"] for number in range(10, 10 + count)}


def run(
    wire: SimulatedWire, *, pace: float = 12, seconds: float = 3600, targets: list[IPv4Address] = TARGETS, **more: Any
) -> Swept:
    return sweep(
        wire,
        SENDER,
        targets,
        budget=Budget(pace, wire.clock),
        rng=random.Random(3),
        end_at=wire.clock() + seconds,
        told=lambda *_: None,
        **more,
    )


def test_a_request_is_what_rfc_826_asks_for() -> None:
    frame = arp_request(SENDER.mac, SENDER.address, IPv4Address("10.40.0.9").packed)
    assert len(frame) == 60
    assert frame[:42].hex() == (
        "ffffffffffff" + "00163e000002" + "0806" + "0001" + "0800" + "06" + "04" + "0001"
        "00163e000002" + "0a280002" + "000000000000" + "0a280009"
    )


def test_everything_is_found_and_nothing_else() -> None:
    hosts = many(40)
    found = run(SimulatedWire(Clock(), hosts))
    assert found.found == {address: set(macs) for address, macs in hosts.items()}
    assert found.asked == {str(target) for target in TARGETS}
    assert not found.cut


@pytest.mark.parametrize("pace", [1.4, 3.5, 12, 90])
def test_two_frames_are_never_closer_than_the_pace_allows(pace: float) -> None:
    wire = SimulatedWire(Clock(), many(30))
    run(wire, pace=pace)
    gaps = [after - before for before, after in pairwise(wire.sent_at)]
    assert min(gaps) >= 1 / pace - 1e-9


def test_a_full_lan_of_the_default_pace_takes_about_half_a_minute() -> None:
    wire = SimulatedWire(Clock(), many(234), lost=losing(2, 11))
    found = run(wire)
    assert len(found.found) == 234
    assert wire.clock() - 100 < 35


def test_there_are_three_rounds_at_least_and_then_it_ends_with_a_silent_one() -> None:
    assert run(SimulatedWire(Clock(), {})).rounds == 3


def test_with_two_percent_loss_each_way_19_of_20_runs_miss_nobody_and_none_misses_more_than_one() -> None:
    """Three rounds miss one of 200 hosts in 1.3 % of the runs: 200 × 0.0396³."""
    found = [len(run(SimulatedWire(Clock(), many(200), lost=losing(2, seed)), pace=500).found) for seed in range(20)]
    assert sum(count == 200 for count in found) >= 19
    assert min(found) >= 199


def test_a_phone_that_answers_late_is_still_heard() -> None:
    assert len(run(SimulatedWire(Clock(), many(1), delay_s=0.4), pace=500).found) == 1


def test_the_order_is_random_and_each_round_asks_only_the_unseen() -> None:
    wire = SimulatedWire(Clock(), many(100))
    run(wire)
    first = wire.asked[:254]
    assert first != sorted(first, key=IPv4Address)
    assert all(wire.asked.count(address) == 1 for address in wire.hosts)


def test_the_deadline_ends_it_and_says_what_was_covered() -> None:
    wire = SimulatedWire(Clock(), many(200))
    found = run(wire, seconds=10)
    assert found.cut
    assert wire.clock() - 100 <= 10
    assert 0 < len(found.asked) < len(TARGETS)
    assert found.sent == len(wire.asked)


def test_two_machines_with_one_address_are_both_kept() -> None:
    both = ["00:16:3e:00:00:0a", "00:16:3e:00:00:0b"]
    assert run(SimulatedWire(Clock(), {"10.40.0.9": both}), pace=500).found == {"10.40.0.9": set(both)}


def test_a_host_that_speaks_by_itself_is_not_asked_again() -> None:
    wire = SimulatedWire(Clock(), {})
    wire.bring(0.01, reply("00:16:3e:00:00:0a", "10.40.0.200", operation=1))
    assert run(wire).found == {"10.40.0.200": {"00:16:3e:00:00:0a"}}
    assert wire.asked.count("10.40.0.200") <= 1


@pytest.mark.parametrize(
    "frame",
    [
        reply("00:16:3e:00:00:0a", "0.0.0.0"),
        reply("01:00:5e:00:00:0a", "10.40.0.9"),
        reply("00:00:00:00:00:00", "10.40.0.9"),
        reply("00:16:3e:00:00:0a", "10.40.0.9")[:41],
        reply("00:16:3e:00:00:0a", "10.40.0.9").replace(b"\x08\x06", b"\x08\x00", 1),
    ],
)
def test_what_says_nothing_of_a_host_is_ignored(frame: bytes) -> None:
    assert parse_arp(frame) is None


def test_answers_of_other_networks_and_of_this_machine_are_ignored() -> None:
    wire = SimulatedWire(Clock(), {})
    wire.bring(0.01, reply("00:16:3e:00:00:0a", "192.168.1.9"))
    wire.bring(0.01, reply("00:16:3e:00:00:02", "10.40.0.77"))
    assert run(wire, pace=500).found == {}


@given(st.binary(max_size=80))
def test_random_frames_never_raise(frame: bytes) -> None:
    assert parse_arp(frame) is None or len(frame) >= 42


def test_the_presets_stay_below_what_switches_tolerate() -> None:
    """Ruijie logs 15 requests in 10 s and limits at 4 a second; ARP inspection of Cisco, D-Link, Planet limits at 15."""
    assert FRAMES_PER_SECOND[Preset.QUIET] * 10 < 15
    assert FRAMES_PER_SECOND[Preset.POLITE] < 4
    assert FRAMES_PER_SECOND[Preset.DEFAULT] < 15
    assert FRAMES_PER_SECOND[Preset.FAST] < 100
    assert list(FRAMES_PER_SECOND) == list(Preset)


class LimitedWire(SimulatedWire):
    """A switch that lets so many broadcasts a second pass, with a quarter second's worth in one go."""

    def __init__(self, clock: Clock, hosts: dict[str, list[str]], passing: float) -> None:
        super().__init__(clock, hosts, lost=losing(2, 5))
        self.passing, self.tokens, self.at, self.dropped = passing, passing / 4 + 1, clock(), 0

    def send(self, frame: bytes) -> bool:
        now = self.clock()
        self.tokens = min(self.passing / 4 + 1, self.tokens + (now - self.at) * self.passing)
        self.at = now
        if self.tokens < 1:
            self.dropped += 1
            self.sent_at.append(now)
            return True
        self.tokens -= 1
        return super().send(frame)


def test_a_limiter_on_the_way_slows_the_sweep_down_and_nobody_is_missed() -> None:
    wire = LimitedWire(Clock(), many(234), passing=100)
    found = run(wire, pace=500)
    assert found.limited
    assert len(found.found) == 234
    assert wire.dropped <= 234


def test_loss_alone_is_not_taken_for_a_limiter() -> None:
    assert not any(run(SimulatedWire(Clock(), many(200), lost=losing(2, seed)), pace=500).limited for seed in range(20))


def test_the_sweep_stops_when_the_link_goes_down() -> None:
    wire = SimulatedWire(Clock(), many(200))
    wire.down_at = wire.clock() + 5
    found = run(wire)
    assert found.lost
    assert not found.cut
    assert wire.clock() - 100 < 6


def test_who_was_known_is_asked_alone_and_not_by_broadcast() -> None:
    wire = SimulatedWire(Clock(), many(3))
    known = {address: macs[0] for address, macs in wire.hosts.items()}
    assert set(run(wire, targets=[IPv4Address(address) for address in known], known=known).found) == set(known)
    assert wire.to == [known[address] for address in wire.asked]


def test_the_second_look_asks_each_found_address_once_more() -> None:
    wire = SimulatedWire(Clock(), many(30))
    run(wire, pace=500, second_look=True)
    assert all(wire.asked.count(address) == 2 for address in wire.hosts)
