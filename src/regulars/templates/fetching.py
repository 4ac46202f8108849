"""Asking other systems while a message is written: allowed hosts only, briefly, and kept for a while."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from regulars.kernel import RegularsError
from regulars.outgoing import WayOut

TIME_S = 2.0
BYTES_MAX = 1_000_000
CACHE_S = 300
CACHE_S_MAX = 4 * 3600
KEPT_BYTES_MAX = 16_000_000  # Of one process.
KEPT_MAX = 2_000
FAILURES_MAX = 5  # In a row; then a host is left alone for a while.
REST_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request of a template."""

    method: str
    url: str
    host: str  # As the allow-list of the brand names it.
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    cache_s: int = 0  # How long the answer may be used again; 0: not at all.


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came back. A status of 0 says that nothing did, and why."""

    status: int
    content: bytes = b""
    why: str = ""


Fetch = Callable[[Asked], Fetched]


def nothing_leaves(_asked: Asked) -> Fetched:
    """Of a demonstration: no other machine is asked."""
    return Fetched(status=0, why="the clock stands here, and a demonstration asks nobody outside")


@dataclass(slots=True)
class _Resting:
    failures: int = 0
    until: float = 0.0


class Fetcher:
    """Fetches by the guarded way out and keeps answers in memory, each process its own.

    Nothing of it is written anywhere: what is kept goes with its time, at most four hours, or the process.
    """

    def __init__(self, way: WayOut, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._way, self._clock = way, clock
        self._kept: OrderedDict[tuple[object, ...], tuple[float, Fetched]] = OrderedDict()
        self._bytes = 0
        self._hosts: dict[str, _Resting] = {}
        self._lock = Lock()

    def __call__(self, asked: Asked) -> Fetched:
        """Return the answer, a kept one while it may be used; never raises for what the other side does."""
        key = (asked.method, asked.url, tuple(sorted(asked.headers.items())), asked.content)
        if asked.cache_s and (kept := self._find(key)):
            return kept
        if self._rests(asked.host):
            return Fetched(status=0, why=f"{asked.host} failed {FAILURES_MAX} times and is left alone")
        answer = self._ask(asked)
        self._count(asked.host, failed=answer.status == 0 or answer.status >= 500)  # noqa: PLR2004
        if asked.cache_s and 200 <= answer.status < 300:  # noqa: PLR2004
            self._keep(key, answer, min(asked.cache_s, CACHE_S_MAX))
        return answer

    def forget(self) -> None:
        """Let go of everything that is kept."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _ask(self, asked: Asked) -> Fetched:
        try:
            answer = self._way.request(
                asked.method,
                asked.url,
                headers=asked.headers,
                content=asked.content,
                time_s=TIME_S,
                bytes_max=BYTES_MAX,
                redirects_max=0,
            )
        except RegularsError as cause:
            return Fetched(status=0, why=str(cause)[:300])
        return Fetched(status=answer.status, content=answer.content)

    def _find(self, key: tuple[object, ...]) -> Fetched | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None or found[0] < self._clock():
                return None
            self._kept.move_to_end(key)
            return found[1]

    def _keep(self, key: tuple[object, ...], answer: Fetched, cache_s: int) -> None:
        with self._lock:
            if key in self._kept:
                self._bytes -= len(self._kept.pop(key)[1].content)
            self._kept[key] = (self._clock() + cache_s, answer)
            self._bytes += len(answer.content)
            while self._bytes > KEPT_BYTES_MAX or len(self._kept) > KEPT_MAX:
                self._bytes -= len(self._kept.popitem(last=False)[1][1].content)
            self._drop_late()

    def _drop_late(self) -> None:
        now = self._clock()
        for key in [key for key, (until, _) in self._kept.items() if until < now]:
            self._bytes -= len(self._kept.pop(key)[1].content)

    def _rests(self, host: str) -> bool:
        with self._lock:
            resting = self._hosts.get(host)
            return resting is not None and resting.until > self._clock()

    def _count(self, host: str, *, failed: bool) -> None:
        with self._lock:
            resting = self._hosts.setdefault(host, _Resting())
            resting.failures = resting.failures + 1 if failed else 0
            if resting.failures >= FAILURES_MAX:
                resting.failures, resting.until = 0, self._clock() + REST_S
