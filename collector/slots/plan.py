"""Finds the first free moment of a server. Pure: leases and a calendar come in, a moment goes out."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

Interval = tuple[datetime, datetime]


def first_free(
    earliest: datetime,
    seconds: float,
    leases: Sequence[Interval],
    own: Sequence[Interval],
    capacity: int,
    opens: Callable[[datetime], datetime | None],
) -> datetime | None:
    """
    The first moment from ``earliest`` at which a test of ``seconds`` fits; None when the calendar never opens.

    ``leases`` are all of the server, ``own`` those of the school on any server; at most ``capacity`` overlap anywhere.
    ``opens`` is the calendar. n leases cost n log n: a free moment begins at ``earliest``, at the end of a lease, or when
    the calendar opens.
    """
    length = timedelta(seconds=seconds)
    starts, ends = sorted(start for start, _ in leases), sorted(end for _, end in leases)
    later = sorted({end for _, end in (*leases, *own) if end > earliest})
    moment: datetime | None = opens(earliest)
    while moment is not None:
        until = moment + length
        busy = bisect_left(starts, until) - bisect_right(ends, moment)
        clash = any(start < until and moment < end for start, end in own)
        if busy < capacity and not clash:
            return moment
        place = bisect_right(later, moment)
        if place == len(later):
            raise AssertionError("after the last lease everything is free")
        moment = opens(later[place])
    return None
