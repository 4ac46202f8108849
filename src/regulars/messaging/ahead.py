"""What the templates of a batch ask of other systems, asked while no transaction is open.

A first look judges and writes as the decision will, keeps nothing of it but a lease of the rows, and says
what is asked for whom; for who is refused nothing is asked. What an answer leads to ask next is found by
writing again. Then the batch is decided by the answers.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from time import monotonic

from regulars.db import Query, Statements, Tx, rows, run
from regulars.messaging.ledger import Claimed
from regulars.templates import Abort, Asked, Fetch, Fetched

AT_ONCE = 8
ASKING_S = 120.0  # Of one batch, well within its lease; who has no answer then waits for another try.
ROUNDS_MAX = 30


class Sql(Statements, file="ahead.sql"):
    lease: Query
    take_back: Query


SQL = Sql()
Place = tuple[int, int, str, str]
FetchOf = Callable[[int], Fetch | None]


class NotAsked(Abort):
    """What this message asks has no answer yet."""


def nothing_fetched(_send_id: int) -> Fetch | None:
    return None


class Answers:
    """The answers of one batch, by message and place in it; what may be kept is asked once for all."""

    def __init__(self) -> None:
        self._known: dict[Place, Fetched] = {}
        self._shared: dict[tuple[object, ...], Fetched] = {}
        self.wanted: dict[Place, Asked] = {}

    def of(self, send_id: int) -> Fetch:
        """What a message fetches by, written once with it."""
        numbers = count()

        def answer(asked: Asked) -> Fetched:
            place = (send_id, next(numbers), asked.method, asked.url.partition("?")[0])
            found = self._known.get(place) or (self._shared.get(_said(asked)) if asked.cache_s else None)
            if found is None:
                self.wanted[place] = asked
                raise NotAsked(f"{asked.host} was not asked in time")
            return found

        return answer

    def waiting(self) -> frozenset[int]:
        return frozenset(place[0] for place in self.wanted)

    def ask(self, fetch: Fetch, ends: float) -> None:
        """Ask all that is wanted, side by side; what is not begun in time stays wanted."""
        alone = {place: one for place, one in self.wanted.items() if not one.cache_s}
        alike = {_said(one): one for one in self.wanted.values() if one.cache_s}
        with ThreadPoolExecutor(AT_ONCE, "fetching") as pool:
            shared = pool.map(lambda one: _in_time(fetch, one, ends), alike.values())
            own = pool.map(lambda one: _in_time(fetch, one, ends), alone.values())
            self._shared |= {said: got for said, got in zip(alike, shared, strict=True) if got}
            self._known |= {place: got for place, got in zip(alone, own, strict=True) if got}
        self.wanted.clear()


def ask_ahead(answers: Answers, fetch: Fetch, write: Callable[[frozenset[int]], None]) -> None:
    """Ask what is wanted, and what the answers lead to: `write` writes these messages once more."""
    ends = monotonic() + ASKING_S
    for _ in range(ROUNDS_MAX):
        waiting = answers.waiting()
        if not waiting or monotonic() > ends:
            return
        answers.ask(fetch, ends)
        write(waiting)


def lease(tx: Tx, send_ids: Sequence[int], *, worker: str, lease_s: float) -> None:
    """Keep claimed rows for this worker after the commit; nothing has left, so a crash puts them back."""
    run(tx, SQL.lease, send_ids=list(send_ids), worker=worker, lease_s=lease_s)


def take_back(tx: Tx, send_ids: Sequence[int], *, worker: str) -> list[Claimed]:
    """Those that are still this worker's, as if claimed just now."""
    return rows(tx, SQL.take_back, Claimed, send_ids=list(send_ids), worker=worker)


def _in_time(fetch: Fetch, asked: Asked, ends: float) -> Fetched | None:
    return fetch(asked) if monotonic() < ends else None


def _said(asked: Asked) -> tuple[object, ...]:
    return (asked.method, asked.url, tuple(sorted(asked.headers.items())), asked.content)
