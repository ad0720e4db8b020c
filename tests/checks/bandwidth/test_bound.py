"""When a rate is the line's, and the reason when it is only a lower bound."""

from dataclasses import replace

import pytest

from checks.bandwidth.bound import line_of
from checks.bandwidth.flow import Direction, Ended, Flow, Trace
from checks.bandwidth.limits import Link, LinkKind
from checks.bandwidth.overhead import Packet
from checks.bandwidth.plateau import Curve, Stretch
from contract.reason import ReasonCode

GIGABIT = Link("eth0", LinkKind.WIRED, 1000, driver="r8169")
PACKET = Packet(1448, 52)


def flow(
    *, goodput: float = 96.53, own: list[float] | None = None, card: list[float] | None = None, ended: Ended = Ended.SETTLED
) -> Flow:
    """A flow of 0.5-s slices; ``card`` in Mbit/s as a card with 14-byte headers counts."""
    slices = own or [goodput] * 6
    trace = Trace(load=[(0.0, 0.0, 0.0, 0.0), (3.0, 0.3, 0.6, 6.0)], ticks=300)
    trace.curve = of_slices(slices)
    trace.received = of_slices(card or [rate * PACKET.card_share for rate in slices])
    return Flow(
        direction=Direction.DOWNLOAD,
        ended=ended,
        stretch=Stretch(0.5, 3.0, goodput, 0.001),
        saturated=True,
        packet=PACKET,
        mss=1448,
        timestamps=True,
        segments=None,
        moved_bytes=36_000_000,
        seconds=3.0,
        connections=8,
        idle_ms=20.0,
        trace=trace,
        server_mbit_s=10_000,
    )


def of_slices(rates: list[float]) -> Curve:
    made, total = Curve(), 0.0
    made.add(0.0, 0)
    for place, rate in enumerate(rates, 1):
        total += rate * 0.5 / 8e-6
        made.add(place / 2, round(total))
    return made


def reason(found: Flow, link: Link = GIGABIT) -> ReasonCode | None:
    because = line_of(found, link).because
    return because.code if because else None


def test_a_full_line_is_exact_and_given_at_layer_1() -> None:
    line = line_of(flow(), GIGABIT)
    assert line.because is None
    assert line.line_mbit_s == pytest.approx(102.53, abs=0.01)


@pytest.mark.parametrize(
    ("link", "code"),
    [
        (Link("eth0", LinkKind.WIRED, 100), ReasonCode.NIC_IS_THE_LIMIT),
        (Link("eth0", LinkKind.WIRED, 1000, half_duplex=True), ReasonCode.HALF_DUPLEX),
        (Link("wlan0", LinkKind.WIRELESS, 866), ReasonCode.MEASURED_OVER_WIFI),
        (Link("wg0", LinkKind.TUNNEL), ReasonCode.MEASURED_OVER_VPN),
        (Link("eth0", LinkKind.VIRTUAL, driver="virtio_net"), None),
        (Link("ppp0", LinkKind.PPP), None),
    ],
)
def test_the_link_is_named_when_it_may_be_the_limit(link: Link, code: ReasonCode | None) -> None:
    assert reason(flow(), link) == code


def test_a_100_mbit_card_does_not_excuse_a_40_mbit_line() -> None:
    assert reason(flow(goodput=38.6), Link("eth0", LinkKind.WIRED, 100)) is None


def test_the_byte_limit_makes_a_lower_bound() -> None:
    assert reason(flow(ended=Ended.BYTES)) == ReasonCode.BYTE_LIMIT_REACHED


def test_no_plateau_makes_a_lower_bound() -> None:
    assert reason(flow(ended=Ended.SECONDS)) == ReasonCode.RATE_UNSTABLE


def test_a_line_that_was_not_filled_makes_a_lower_bound() -> None:
    assert reason(replace(flow(), saturated=False)) == ReasonCode.NOT_SATURATED


def test_our_own_processor_at_its_limit_makes_a_lower_bound() -> None:
    busy = flow()
    busy.trace.load = [(0.0, 0.0, 0.0, 0.0), (3.0, 2.7, 3.0, 6.0)]
    assert reason(busy) == ReasonCode.CPU_IS_THE_LIMIT


@pytest.mark.parametrize(("late", "code"), [(3, None), (30, ReasonCode.CPU_IS_THE_LIMIT)])
def test_a_busy_machine_counts_only_when_it_held_us_up(late: int, code: ReasonCode | None) -> None:
    busy = flow()
    busy.trace.load = [(0.0, 0.0, 0.0, 0.0), (3.0, 0.3, 5.9, 6.0)]
    busy.trace.late_ticks = late
    assert reason(busy) == code


def test_other_traffic_of_this_machine_is_named_and_not_added_unproven() -> None:
    shared = flow(goodput=67.0, card=[100.0] * 6)
    line = line_of(shared, GIGABIT)
    assert line.because is not None
    assert line.because.code == ReasonCode.CROSS_TRAFFIC
    assert line.other_mbit_s == pytest.approx(100.0 - 67.0 * PACKET.card_share, abs=0.1)
    assert line.line_mbit_s == pytest.approx(67.0 * PACKET.line_share)
    assert not line.added


def test_a_sum_that_stands_still_while_our_part_moves_is_the_line() -> None:
    moving = flow(goodput=70.0, own=[70.0, 80.0, 72.0, 88.0, 70.0, 85.0, 75.0, 84.0], card=[101.0] * 8, ended=Ended.SECONDS)
    line = line_of(moving, GIGABIT)
    assert line.added
    assert line.because is None
    assert line.line_mbit_s == pytest.approx(101.0 * PACKET.line_share / PACKET.card_share)


@pytest.mark.parametrize(
    "link", [Link("eth0", LinkKind.WIRED, 100), Link("eth0", LinkKind.WIRED, None), Link("eth0", LinkKind.VIRTUAL)]
)
def test_a_sum_that_may_be_the_cards_own_limit_is_not_added(link: Link) -> None:
    """A backup over the LAN and 70 Mbit/s of line fill a 100 Mbit/s card together: that is no 100 Mbit/s line."""
    moving = flow(goodput=70.0, own=[70.0, 80.0, 72.0, 88.0, 70.0, 85.0, 75.0, 84.0], card=[99.0] * 8, ended=Ended.SECONDS)
    line = line_of(moving, link)
    assert not line.added
    assert line.because is not None


def test_a_machine_busy_with_other_things_for_a_third_is_not_judged_through() -> None:
    moving = flow(goodput=50.0, own=[50.0, 40.0, 52.0, 48.0, 40.0, 55.0, 45.0, 44.0], card=[101.0] * 8, ended=Ended.SECONDS)
    line = line_of(moving, GIGABIT)
    assert not line.added
    assert line.because is not None


def test_what_waits_in_the_lines_queue_is_not_other_traffic() -> None:
    ahead = flow(card=[96.53 * PACKET.card_share + 3.0] * 6)
    assert reason(ahead) == ReasonCode.CROSS_TRAFFIC
    ahead.trace.round_trips = [(1.0, 70.0), (1.5, 70.0), (2.0, 70.0)]
    assert reason(ahead) is None


def test_segments_sent_again_are_not_other_traffic() -> None:
    lossy = flow(card=[96.53 * PACKET.card_share * 1.03] * 6)
    lossy.trace.sent = lossy.trace.received
    upload = replace(lossy, direction=Direction.UPLOAD)
    assert reason(upload) == ReasonCode.CROSS_TRAFFIC
    per_second = 96.53e6 * 0.03 / 8 / 1448
    for step in range(7):
        upload.trace.again.add(step / 2, round(per_second * step / 2))
    assert reason(upload) is None


@pytest.mark.parametrize(
    ("server_mbit_s", "proven", "code"),
    [
        (None, False, ReasonCode.SERVER_MAY_BE_THE_LIMIT),
        (None, True, None),
        (110.0, False, ReasonCode.SERVER_IS_THE_LIMIT),
        (110.0, True, None),
        (1000.0, False, None),
    ],
)
def test_a_server_must_be_shown_to_be_faster_or_a_second_one_must_agree(
    server_mbit_s: float | None, proven: bool, code: ReasonCode | None
) -> None:
    assert reason(replace(flow(), server_mbit_s=server_mbit_s, server_proven=proven)) == code


def test_loss_is_named_when_it_kept_the_line_from_being_filled() -> None:
    lossy = replace(flow(card=[110.0] * 6), saturated=False, segments=(120, 10_000))
    found = line_of(lossy, GIGABIT).because
    assert found is not None
    assert (found.code, found.params) == (ReasonCode.LINE_LOSES_PACKETS, {"percent": 1.2})


def test_loss_on_a_line_that_was_full_all_the_same_takes_nothing_away() -> None:
    assert reason(replace(flow(), segments=(120, 10_000))) is None
