"""
One direction of one test: parallel streams in one thread, read or written on a 10-ms tick.

The tick takes what the kernel has gathered instead of waking per packet: 2.5 CPU-s per GB at 100 Mbit/s where a selector
loop takes 12.3 and iperf3 7.1, with the same result (measured). It ends at a plateau, at the byte limit or at the time
limit.
"""

import os
from collections.abc import Callable
from statistics import median

import msgspec

from checks.bandwidth.connection import HTTP_OK, Exchange, Place, RefusedError
from checks.bandwidth.flow import Direction, Ended, Flow, Limits, Trace, World
from checks.bandwidth.latency import STANDING_MS, Pinger, queue_stands
from checks.bandwidth.overhead import packet_of
from checks.bandwidth.plateau import STEP_S, Curve, Stretch, floor, held, settled
from checks.bandwidth.ramp import Ramp
from checks.bandwidth.stream import Stream
from checks.bandwidth.target import Target
from checks.registry import CheckError
from contract.api import SpeedCount
from contract.reason import ReasonCode

TICK_S = 0.01
SAMPLE_S = 0.1
COUNT_S = 0.2
"""How often the collector is asked for its count of an upload."""
_CONNECT_PATIENCE_S = 5.0
_DRAIN_S = 2.0
_WORTHWHILE_S = 3.3
"""What more connections need to show something: 0.5 s to begin, 2.5 s of agreeing windows, and a little."""
_IPV6_LENGTH = 4
LOSS_SHARE = 0.003
"""Above it, connections that are added use a congestion control that stands random loss."""


Live = Callable[[float, float], None]
"""Called twice a second with the rate of the last second in Mbit/s and the share of the time limit used."""


def measure(
    direction: Direction,
    place: Place,
    target: Target,
    limits: Limits,
    world: World,
    *,
    idle_ms: float | None,
    live: Live,
) -> Flow:
    """
    Fill the line in one direction and say what it carried.

    Raises CheckError ``collector_unreachable`` when the connections cannot be made or carry nothing, :class:`RefusedError`
    when the collector answers with an error.
    """
    run = _Run(direction, place, target, limits, world, idle_ms, live)
    try:
        run.open()
        ended = run.fill()
        return run.flow(ended)
    except OSError as error:
        raise CheckError(ReasonCode.COLLECTOR_UNREACHABLE, problem=str(error)) from error
    finally:
        run.close()


def _with_query(path: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}"


class _Run:
    def __init__(
        self,
        direction: Direction,
        place: Place,
        target: Target,
        limits: Limits,
        world: World,
        idle_ms: float | None,
        live: Live,
    ) -> None:
        self.direction, self.place, self.limits, self.world = direction, place, limits, world
        self.idle_ms, self.live = idle_ms, live
        self.trace = Trace()
        self.ramp = Ramp(limits.connections, limits.most, idle_ms)
        self.moved = 0
        self._target = target
        self._streams: list[Stream] = []
        self._coming: list[Stream] = []
        self._pinger = Pinger(place, target.ping, world.clock, world.sleep)
        self._counter = Exchange(place) if target.count else None
        self._counted = 0
        self._server_mbit_s: float | None = None
        self._resent: tuple[int, int] | None = None
        self._began = 0.0
        self._info = b""
        self._mss: int | None = None
        self._stretch: Stretch | None = None

    def open(self) -> None:
        """All connections stand before the clock starts: their handshakes are no part of the rate."""
        self._streams = [Stream(self.place, self.direction) for _ in range(self.limits.connections)]
        limit = self.world.clock() + _CONNECT_PATIENCE_S
        while not self._all_ready():
            if self.world.clock() >= limit:
                raise CheckError(ReasonCode.COLLECTOR_UNREACHABLE, problem="timeout")
            self.world.sleep(TICK_S / 5)
        if self._counter is not None:
            self._settle_count(self._counter, 1)

    def _settle_count(self, counter: Exchange, most_s: float) -> None:
        """Ask once and wait for the answer: what the server's own line leaves for us is known from the start."""
        limit, next_count = self.world.clock() + most_s, 0.0
        while self.world.clock() < limit and not (next_count and counter.idle):
            next_count = self._count(counter, 0.0, next_count)
            self.world.sleep(TICK_S / 5)

    def _all_ready(self) -> bool:
        waiting = [stream for stream in self._streams if not stream.wire.advance()]
        counter_ready = self._counter is None or self._counter.wire.advance()
        return self._pinger.advance() and counter_ready and not waiting

    def fill(self) -> Ended:
        """Move bytes until there is a reason to stop."""
        clock = self.world.clock
        self._began = clock()
        if self.direction is Direction.DOWNLOAD or self._target.count is None:
            self.trace.curve.add(0.0, 0)
        self._sample_machine(0.0)
        for stream in self._streams:
            self._start(stream)
        self.trace.connections.append((0.0, len(self._streams)))
        tick, next_sample, next_count, next_live = self._began, SAMPLE_S, COUNT_S, STEP_S
        while True:
            now_s = clock() - self._began
            self._turn()
            if now_s >= next_sample:
                next_sample = now_s + SAMPLE_S
                self._sample(now_s)
            if self._counter is not None:
                next_count = self._count(self._counter, now_s, next_count)
            if ended := self._reason_to_stop(now_s):
                self._finish(ended)
                return ended
            if now_s >= next_live:
                next_live = now_s + STEP_S
                end_s = self.trace.curve.end_s
                self.live(self.trace.curve.mbit_s(max(0.0, end_s - 1), end_s), min(1.0, now_s / self.limits.seconds))
            tick = max(tick + TICK_S, clock())
            self._pinger.rest(tick)
            self.trace.ticks += 1
            self.trace.late_ticks += clock() - tick > TICK_S

    def _start(self, stream: "Stream") -> None:
        nonce = os.urandom(6).hex()
        once = ["Connection: close"] if self._target.repeats else []
        if self.direction is Direction.DOWNLOAD:
            loss = "&loss=1" if stream.lossy else ""
            head = self.place.head("GET", f"{_with_query(self._target.down)}n={nonce}{loss}", *once)
        else:
            length = f"Content-Length: {max(1, self.limits.bytes)}"
            path = f"{_with_query(self._target.up or '')}n={nonce}"
            head = self.place.head("POST", path, "Content-Type: application/octet-stream", length)
        stream.start(head)

    def _turn(self) -> None:
        for stream in list(self._coming):
            self._welcome(stream)
        for stream in self._streams:
            if not stream.wire.closed and self.moved < self.limits.bytes:
                self.moved += stream.move(self.limits.bytes - self.moved)
            if stream.wire.closed and self._target.repeats and not stream.followed:
                stream.followed = True
                self._coming.append(Stream(self.place, self.direction, lossy=stream.lossy))

    def _welcome(self, stream: Stream) -> None:
        """Put a connection added on the way to work; one that cannot be made is left out."""
        try:
            if stream.wire.advance():
                self._start(stream)
                self._streams.append(stream)
                self._coming.remove(stream)
        except OSError:
            stream.wire.close()
            self._coming.remove(stream)

    def _sample(self, now_s: float) -> None:
        if self.direction is Direction.DOWNLOAD:
            self.trace.curve.add(now_s, self.moved)
        elif self._target.count is None:
            self.trace.curve.add(now_s, self._acknowledged())
        self._sample_machine(now_s)
        if self.direction is Direction.UPLOAD:
            for stream in self._streams:
                stream.hear()
        # BBR empties the queue for 0.2 s each 10 s to see the bare round trip: 2 s look past that.
        stands = self._queue_stands(max(self.ramp.since_s, now_s - 2.0), now_s)
        late = self.limits.seconds - now_s < _WORTHWHILE_S
        if not late and (added := self.ramp.step(self.trace.curve, queue_stands=stands)):
            lossy = self._loses(now_s)
            self._coming += [Stream(self.place, self.direction, lossy=lossy) for _ in range(added)]
            self.trace.connections.append((round(now_s, 3), self.ramp.connections))

    def _loses(self, now_s: float) -> bool:
        """Whether segments were lost in the last second, and not only when slow start overshot."""
        again = self.trace.again
        if not again.times:
            return False
        lost_mbit_s = (again.at(now_s) - again.at(now_s - 1)) * (self._streams[0].wire.mss() or 1448) * 8e-6
        return lost_mbit_s > LOSS_SHARE * self.trace.curve.mbit_s(now_s - 1, now_s)

    def _sample_machine(self, now_s: float) -> None:
        card = self.world.card()
        if card is not None:
            self.trace.received.add(now_s, card[0])
            self.trace.sent.add(now_s, card[1])
        self.trace.load.append((now_s, *self.world.load()))
        counts = [found for stream in self._streams if (found := stream.segments()) is not None]
        if counts and self.direction is Direction.UPLOAD:
            self.trace.again.add(now_s, sum(count[0] for count in counts))

    def _queue_stands(self, since_s: float, until_s: float) -> bool:
        recent = [ms for at, ms in self._pinger.round_trips if since_s <= at - self._began <= until_s]
        return queue_stands(recent, self.idle_ms)

    def _acknowledged(self) -> int:
        return sum(stream.acknowledged() or 0 for stream in self._streams)

    def _count(self, counter: Exchange, now_s: float, next_count: float) -> float:
        """Ask the collector what has arrived, or take its answer; returns when to ask next."""
        try:
            answer = counter.poll()
        except OSError:
            if self.direction is Direction.UPLOAD:
                raise
            self._counter = None  # a download counts by itself
            return next_count
        if answer is not None:
            status, body = answer
            if status != HTTP_OK:
                raise RefusedError(status)
            count = msgspec.json.decode(body, type=SpeedCount)
            self._server_mbit_s = count.server_mbit_s
            if self.direction is Direction.DOWNLOAD:
                self._resent = count.resent
                if count.resent:
                    self.trace.again.add(now_s, count.resent[0])
            else:
                self._counted = count.received_bytes
                self.trace.curve = Curve()
                for at_s, total in count.samples:
                    self.trace.curve.add(at_s, total)
        if counter.idle and now_s >= next_count:
            counter.ask("GET", self._target.count or "", self.world.clock())
            return now_s + COUNT_S
        return next_count

    def _reason_to_stop(self, now_s: float) -> Ended | None:
        curve = self.trace.curve
        fresh_s = self.ramp.since_s + STEP_S if self.ramp.since_s else 0.0
        hold_s = self.limits.hold_s
        found = held(curve, hold_s, since_s=fresh_s) if hold_s else settled(curve, since_s=fresh_s)
        if found and (self.ramp.done or self._queue_stands(found.since_s, found.until_s)):
            self._stretch = found
            return Ended.SETTLED
        if self.moved >= self.limits.bytes:
            return Ended.BYTES
        if now_s >= self.limits.seconds:
            return Ended.SECONDS
        if not self._coming and all(stream.wire.closed for stream in self._streams):
            return Ended.BYTES if self.moved >= self.limits.bytes * 0.9 else Ended.PEER
        return None

    def _finish(self, ended: Ended) -> None:
        """Take the last samples; after the byte limit of an upload, wait for what is still under way."""
        if self._counter is not None and ended is not Ended.SETTLED and self.direction is Direction.UPLOAD:
            limit = self.world.clock() + (_DRAIN_S if ended is Ended.BYTES else _DRAIN_S / 4)
            next_count = 0.0
            while self.world.clock() < limit and self._counted < self.moved:
                next_count = self._count(self._counter, self.world.clock() - self._began, next_count)
                self.world.sleep(TICK_S)
        if self.direction is Direction.UPLOAD and self._target.count is None and ended is Ended.BYTES:
            limit = self.world.clock() + _DRAIN_S
            while self.world.clock() < limit and self._acknowledged() < self.moved:
                self.world.sleep(TICK_S)
        now_s = self.world.clock() - self._began
        if self.direction is Direction.DOWNLOAD:
            self.trace.curve.add(now_s, self.moved)
        elif self._target.count is None:
            self.trace.curve.add(now_s, self._acknowledged())
        self._sample_machine(now_s)
        self._look_at_sockets()

    def _look_at_sockets(self) -> None:
        alive = [stream for stream in self._streams if not stream.wire.closed] or self._streams[:1]
        self._mss = max((stream.wire.mss() or 0 for stream in alive), default=0) or None
        self._info = next((info for stream in alive if (info := stream.wire.tcp_info())), b"")

    def flow(self, ended: Ended) -> Flow:
        """The result; reading it twice gives the same."""
        if not self.moved or len(self.trace.curve.times) < 2:  # noqa: PLR2004 - a rate needs two samples
            raise CheckError(ReasonCode.COLLECTOR_UNREACHABLE, problem="no data")
        stretch = self._stretch or floor(self.trace.curve)
        self.trace.round_trips = [(at - self._began, ms) for at, ms in self._pinger.round_trips]
        packet, stamped = packet_of(self._mss, ipv6=len(self.place.sockaddr) == _IPV6_LENGTH, tcp_info=self._info)
        counts = [found for stream in self._streams if (found := stream.segments()) is not None]
        totals = (sum(count[0] for count in counts), sum(count[1] for count in counts)) if counts else None
        if self.direction is Direction.DOWNLOAD:
            totals = self._resent
        return Flow(
            direction=self.direction,
            ended=ended,
            stretch=stretch,
            saturated=ended is Ended.SETTLED and self._saturated(stretch, totals),
            packet=packet,
            mss=self._mss,
            timestamps=stamped,
            segments=totals,
            moved_bytes=self.moved,
            seconds=self.world.clock() - self._began,
            connections=self.ramp.connections,
            idle_ms=self.idle_ms,
            trace=self.trace,
            confirmed=self.limits.hold_s > 0,
            server_mbit_s=self._server_mbit_s,
        )

    def _saturated(self, stretch: Stretch, totals: tuple[int, int] | None) -> bool:
        """A queue stood all the time; or more connections gained nothing while round trips or retransmissions rose."""
        if self._queue_stands(stretch.since_s, stretch.until_s):
            return True
        if not self.ramp.done or self.ramp.still_growing:
            return False
        inside = [ms for at, ms in self._pinger.round_trips if at - self._began >= stretch.since_s]
        rose = self.idle_ms is not None and bool(inside) and median(inside) - self.idle_ms >= STANDING_MS
        return rose or (totals is not None and totals[0] > 0)

    def close(self) -> None:
        """Drop every connection."""
        for stream in [*self._streams, *self._coming]:
            stream.wire.close()
        self._pinger.close()
        if self._counter is not None:
            self._counter.close()
