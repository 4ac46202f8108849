"""What keeps one sender from taking everything: a rate by key, and a bound on what waits in memory."""

from collections.abc import Callable
from time import monotonic

from regulars.intake.answers import TOO_MANY, UNAVAILABLE, Refused

BURST_S = 10  # So many seconds' worth may come at once.
RETRY_S = 1


class Allowance:
    """How many items a key may still send: fills up by the second, holds a burst."""

    def __init__(self, per_second: int, now: Callable[[], float] = monotonic) -> None:
        self._per_second = per_second
        self._most = float(per_second * BURST_S)
        self._left = self._most
        self._now = now
        self._at = now()

    def take(self, items: int) -> None:
        """Raise Refused when there is not enough left; a request larger than any burst takes a full one."""
        now = self._now()
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        wanted = min(float(items), self._most)
        if wanted > self._left:
            seconds = str(max(1, -int(-(wanted - self._left) // self._per_second)))
            message = (
                f"This key sends more than {self._per_second:,} events a second. Send them again after "
                f"{seconds} s; nothing of this request was kept."
            )
            headers = {"retry-after": seconds, "x-ratelimit-reset": seconds}
            raise Refused(TOO_MANY, "intake.too_many", message, headers)
        self._left -= wanted


class Room:
    """Bytes of bodies that are being read or wait to be written: beyond the bound nothing is taken on."""

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        self.taken = 0

    def take(self, count: int) -> None:
        if self.taken + count > self.bytes_max:
            raise busy("More is arriving than can be written. Send it again in a second; nothing was kept.")
        self.taken += count

    def give_back(self, count: int) -> None:
        self.taken -= count


def busy(message: str, seconds: int = RETRY_S) -> Refused:
    return Refused(UNAVAILABLE, "intake.busy", message, {"retry-after": str(seconds)})
