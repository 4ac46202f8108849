"""How often one thing may happen in a minute, without remembering anything longer than that."""

from collections.abc import Callable, Hashable
from time import monotonic

MINUTE_S = 60.0
NAMES_MAX = 200_000


class Frequency:
    """Counts by name within a minute; then everything is forgotten at once, so that it stays small."""

    def __init__(self, most: int, now: Callable[[], float] = monotonic) -> None:
        self._most, self._now = most, now
        self._counts: dict[Hashable, int] = {}
        self._until = now() + MINUTE_S

    def is_too_often(self, name: Hashable) -> bool:
        """Count once more, and say whether that is more than may be."""
        now = self._now()
        if now >= self._until or len(self._counts) >= NAMES_MAX:
            self._counts.clear()
            self._until = now + MINUTE_S
        count = self._counts.get(name, 0) + 1
        self._counts[name] = count
        return count > self._most
