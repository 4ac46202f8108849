"""Carrying erasures out, step by step; a run that is killed goes on after the last place that is done.

begun    nobody is found any more, identifiers are free, what comes late is dropped
listed   who was erased stands in the list outside the database, as keyed hashes
wiped    every room has erased what it holds, each in transactions of its own
lake     the files of the lake are written anew without these people
swept    every room once more, for what was written meanwhile
done     the tables are rewritten, so that no byte stays

Many are erased together: each statement takes all of a set, each table is looked through once for all.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg

from regulars import analytics, customers, log
from regulars.db import Database, Query, Statements, Tx, rows, run
from regulars.jobs import Cancelled, Lost, Progress, Stopped
from regulars.kernel import Sieve, Unavailable
from regulars.privacy.beginning import begin
from regulars.privacy.erasure import SQL, Left, Working, erasure, failed, held
from regulars.privacy.listing import Listed, append_listed
from regulars.privacy.rewriting import TABLE, rewrite
from regulars.privacy.subject import Subject

SETTLE_S = 30.0
PAUSE_S = 0.1
PEOPLE_AT_ONCE = 500
TRIES = 5  # Of a transaction that met another; each is undone as a whole.
TOLD = {
    "": "Taking the person out of every list",
    "begun": "Noting who was erased",
    "listed": "Erasing in every room",
    "wiped": "Writing files of the lake anew",
    "lake": "Looking once more",
    "swept": "Writing tables anew",
}
OVER = ("asked", "declined", "done")
LAKE_TRIES = 5
NAMING = "properties, context, message_id, user_id, anonymous_id"  # Of an event; as log.erase looks.
# Where retention deletes or empties rows; the events' own partitions are dropped or fill again.
KEPT_TABLES = (
    "messaging.recorded",
    "messaging.reaction",
    "responses.heard",
    "forms.submission",
    "customers.trait_value",
    "customers.consent",
    "audit.value",
)


class Sql(Statements, file="erasing.sql"):
    remembered: Query


OWN = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    erasure_id: int
    kind: str
    hash: str
    erased_at: datetime


Say = Callable[[int, int, str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Eraser:
    """Carries erasures out in one workspace."""

    database: Database
    subjects: Sequence[Subject]
    listed: Path  # The list of the erased, outside of the database.
    lake: analytics.Lake
    now: Callable[[Tx], datetime]
    settle_s: float = SETTLE_S

    def work(self, _database: Database, args: dict[str, Any], progress: Progress) -> dict[str, Any]:
        """The function of the job."""
        if "erasures" in args:
            return self.run_many([int(one) for one in args["erasures"]], progress.update)
        return self.run(int(args["erasure"]), progress.update)

    def run(self, erasure_id: int, say: Say) -> dict[str, Any]:
        self.run_many([erasure_id], say)
        with self.database.transaction() as tx:
            found = erasure(tx, erasure_id)
        return {"state": found.state, "rows": sum(number for _, number in found.places)}

    def run_many(self, erasure_ids: Sequence[int], say: Say) -> dict[str, Any]:
        """In sets, each through all steps; killed anywhere, the next run goes on where this one was.

        A set that something hinders keeps no other back; what hindered the first is raised in the end.
        """
        starts = range(0, len(erasure_ids), PEOPLE_AT_ONCE)
        hindered: Exception | None = None
        for number, start in enumerate(starts):
            together = erasure_ids[start : start + PEOPLE_AT_ONCE]
            try:
                for done, message in self._steps(together):
                    say(number * len(TOLD) + done, len(starts) * len(TOLD), message, "step")
            except (Cancelled, Lost, Stopped):
                raise
            except Exception as fault:  # noqa: BLE001 - whatever it is stands with the erasures, and is raised below.
                with self.database.transaction() as tx:
                    failed(tx, together, str(fault).replace("\0", ""))
                hindered = hindered or fault
        if hindered is not None:
            raise hindered
        return {"erased": len(erasure_ids)}

    def _steps(self, erasure_ids: Sequence[int]) -> Iterator[tuple[int, str]]:
        """Take each step that is left, after telling which."""
        steps = (self._begin, self._list, self._wipe, self._lake, self._sweep, self._rewrite)
        for number, (after, step) in enumerate(zip(TOLD, steps, strict=True)):
            with self.database.transaction() as tx:
                found = held(tx, erasure_ids)
            ones = [one for one in found if one.after == after and one.state not in OVER]
            if ones:
                yield number, TOLD[after]
                step(ones)

    def _begin(self, ones: Sequence[Working]) -> None:
        self._settle(None)  # Who is about to become part of these people does so before.

        def work(tx: Tx) -> None:
            customers.take_turn(tx)
            customers.hold_alone(tx)
            waiting = [one for one in held(tx, _ids(ones)) if one.state == "waiting"]
            if waiting:
                begin(tx, waiting, self.now(tx))

        self._commit(work)

    def _list(self, ones: Sequence[Working]) -> None:
        entries: dict[int, list[Listed]] = defaultdict(list)
        with self.database.transaction() as tx:
            for one in rows(tx, OWN.remembered, Remembered, erasure_ids=_ids(ones)):
                listed = Listed(kind=one.kind, hash=one.hash, erased_at=one.erased_at)
                entries[one.erasure_id].append(listed)
        append_listed(self.listed, entries)
        self._done(ones, "listed", {})

    def _wipe(self, ones: Sequence[Working]) -> None:
        # Amounts that are on their way into books come there first.
        self._settle(max((one.position or 0 for one in ones), default=0))
        self._erase(ones)

        def work(tx: Tx) -> None:
            analytics.ask_erasure(tx, _atoms(ones))
            self._note(tx, ones, "wiped", {})

        self._commit(work)

    def _of_nobody(self, known: Sequence[str]) -> list[int]:
        """Events of nobody that name somebody; by position, for the log of the lake keeps what is asked."""
        sieve = Sieve(known)
        with (
            analytics.open_lake(self.lake, ["events"]) as snapshot,
            analytics.open_duckdb(
                snapshot.relations, snapshot.people, place=self.lake.place, contacts=True
            ) as engine,
        ):
            told = engine.ask(
                f"select position, concat_ws(chr(31), {NAMING}) as told from events "  # noqa: S608
                f"where customer_id is null and name <> '{log.ERASED.name}'"
            )
            return [
                int(position)
                for batch in told
                for position, text in zip(*(column.to_pylist() for column in batch.columns), strict=True)
                if sieve.named(text)
            ]

    def _lake(self, ones: Sequence[Working]) -> None:
        """Also what others wished for: the files are rewritten once for all."""
        changed = 0
        asked: set[int] = set()
        known = _known(ones)
        for _ in range(LAKE_TRIES):
            done = analytics.erase(self.lake)
            changed += done.rows
            if done.open:
                continue
            # Looked for now, when what was on its way while the rooms erased has arrived in the lake.
            nobodys = [position for position in self._of_nobody(known) if position not in asked]
            if not nobodys:
                self._done(ones, "lake", {"rows of the lake": changed})
                return
            asked.update(nobodys)
            with self.database.transaction() as tx:
                analytics.ask_erasure(tx, [], nobodys)
        raise Unavailable(
            "Somebody reads the lake, so files that hold the person cannot be deleted yet. It is tried again."
        )

    def _sweep(self, ones: Sequence[Working]) -> None:
        self._erase(ones)
        self._done(ones, "swept", {})

    def _erase(self, ones: Sequence[Working]) -> None:
        """Room by room; which one is done stands with the erasure, so that a later run passes it over."""
        numbers = {subject.title: number for number, subject in enumerate(self.subjects)}
        for number, subject in enumerate(self.subjects):
            left = [one for one in ones if numbers.get(one.place, -1) < number]
            if left and subject.erase is not None:
                self._commit(partial(self._erase_room, subject=subject, ones=left))

    def _erase_room(self, tx: Tx, subject: Subject, ones: Sequence[Working]) -> None:
        if subject.is_read:
            log.hold_readers(tx)
            customers.take_turn(tx)
        counts: Counter[str] = Counter()
        if subject.erase_sure is not None:
            counts.update(subject.erase_sure(tx, _atoms(ones), _told(ones, lambda one: one.sure)))
        if subject.erase is not None:
            counts.update(subject.erase(tx, _atoms(ones), _known(ones)))
        self._note(tx, ones, f"{ones[0].after}/{subject.title}", counts)

    def night(self, _database: Database, _args: dict[str, Any], progress: Progress) -> dict[str, Any]:
        """The function of the nightly job: the lake lets go what it was asked to, tables are rewritten."""
        progress.update(0, 2, "Writing files of the lake anew", "step")
        changed = analytics.erase(self.lake).rows
        with self.database.transaction() as tx:
            waiting = rows(tx, SQL.left_over, Left)
        progress.update(1, 2, "Writing tables anew", "step")
        places = {place for one in waiting for place in one.left_over}
        still = rewrite(self.database, places, bytes_at_once=None)
        # Of what retention took, large tables let the space be used again: rewriting keeps everybody waiting.
        rewrite(self.database, set(KEPT_TABLES) - places)
        over = [one.erasure_id for one in waiting if not set(one.left_over) & set(still)]
        with self.database.transaction() as tx:
            run(tx, SQL.finish, erasure_ids=over, at=self.now(tx))
        return {"lake": changed, "rewritten": len(places), "left": len(still)}

    def _rewrite(self, ones: Sequence[Working]) -> None:
        """At once; of those whom retention erases, many a night, once for all of them."""
        kept = [one for one in ones if one.asked_by == "retention"]
        now = [one for one in ones if one.asked_by != "retention"]
        touched = {place for one in ones for place in one.counts if TABLE.fullmatch(place)}
        places = sorted(touched | {"privacy.erasure"})
        left = rewrite(self.database, places) if now else []
        with self.database.transaction() as tx:
            if left:
                run(tx, SQL.left, erasure_ids=_ids(now), left=left)
            else:
                run(tx, SQL.finish, erasure_ids=_ids(now), at=self.now(tx))
            run(tx, SQL.left, erasure_ids=_ids(kept), left=places)
        rewrite(self.database, ["privacy.erasure"])  # It kept until now whom to look for.

    def _commit(self, work: Callable[[Tx], None]) -> None:
        """In one transaction; at once again where it and another waited for each other."""
        for left in reversed(range(TRIES)):
            try:
                with self.database.transaction() as tx:
                    work(tx)
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                if not left:
                    raise
            else:
                return

    def _done(self, ones: Sequence[Working], step: str, counts: Mapping[str, int]) -> None:
        with self.database.transaction() as tx:
            self._note(tx, ones, step, counts)

    def _note(self, tx: Tx, ones: Sequence[Working], step: str, counts: Mapping[str, int]) -> None:
        run(
            tx,
            SQL.step,
            erasure_ids=_ids(ones),
            step=step,
            at=self.now(tx),
            places=list(counts),
            numbers=list(counts.values()),
        )

    def _settle(self, position: int | None) -> None:
        """Wait a while for the readers; whoever is late meets an emptied event and passes it."""
        ends = monotonic() + self.settle_s
        while monotonic() < ends:
            with self.database.transaction() as tx:
                if position is None and log.is_settled(tx):
                    return
                behind = [one for one in log.status(tx) if not one.paused and one.position < (position or 0)]
            if position is not None and not behind:
                return
            sleep(PAUSE_S)


def _ids(ones: Iterable[Working]) -> list[int]:
    return [one.erasure_id for one in ones]


def _atoms(ones: Iterable[Working]) -> list[int]:
    return sorted({atom for one in ones for atom in one.atoms})


def _known(ones: Iterable[Working]) -> list[str]:
    return _told(ones, lambda one: one.known)


def _told(ones: Iterable[Working], told: Callable[[Working], Sequence[str]]) -> list[str]:
    return sorted({name for one in ones for name in told(one)})
