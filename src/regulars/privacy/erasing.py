"""Carrying an erasure out, step by step; a run that is killed goes on after the last step that is done.

begun    nobody is found any more, identifiers are free, what comes late is dropped
listed   who was erased stands in the list outside the database, as keyed hashes
wiped    every room has erased what it holds, in one transaction
lake     the files of the lake are written anew without the person
swept    every room once more, for what was written meanwhile
done     the tables are rewritten, so that no byte stays
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from regulars import analytics, customers, log, messaging
from regulars.db import Database, Query, Statements, Tx, rows, run
from regulars.jobs import Progress
from regulars.kernel import Unavailable, pattern_of
from regulars.privacy.erasure import SQL, Left, Working, erasure, failed, held
from regulars.privacy.listing import Listed, append_listed
from regulars.privacy.rewriting import rewrite
from regulars.privacy.subject import Subject

SETTLE_S = 30.0
PAUSE_S = 0.1
TOLD = {
    "": "Taking the person out of every list",
    "begun": "Noting who was erased",
    "listed": "Erasing in every room",
    "wiped": "Writing files of the lake anew",
    "lake": "Looking once more",
    "swept": "Writing tables anew",
}
LAKE_TRIES = 5
NAMING = "properties, context, message_id, user_id, anonymous_id"  # Of an event; as log.erase looks.
# Where retention deletes or empties rows; the events' own partitions are dropped or fill again.
KEPT_TABLES = (
    "messaging.recorded",
    "forms.submission",
    "customers.trait_value",
    "customers.consent",
    "audit.value",
)


class Sql(Statements, file="erasing.sql"):
    remember: Query
    remembered: Query


OWN = Sql()


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
        return self.run(int(args["erasure"]), progress.update)

    def run(self, erasure_id: int, say: Callable[[int, int, str, str], None]) -> dict[str, Any]:
        steps = (self._begin, self._list, self._wipe, self._lake, self._sweep, self._rewrite)
        done = list(TOLD)
        try:
            for number, step in enumerate(steps):
                with self.database.transaction() as tx:
                    one = held(tx, erasure_id)
                if one.state in ("done", "declined", "asked"):
                    break
                if done.index(one.step) == number:
                    say(number, len(steps), TOLD[one.step], "step")
                    step(one)
        except Exception as fault:
            with self.database.transaction() as tx:
                failed(tx, erasure_id, str(fault).replace("\0", ""))
            raise
        with self.database.transaction() as tx:
            found = erasure(tx, erasure_id)
        return {"state": found.state, "rows": sum(number for _, number in found.places)}

    def _begin(self, one: Working) -> None:
        self._settle(None)  # Who is about to become part of this person does so before.
        with self.database.transaction() as tx:
            customers.take_turn(tx)
            customers.hold_alone(tx)
            if held(tx, one.erasure_id).state != "waiting":
                return
            at = self.now(tx)
            atoms = customers.atoms(tx, one.customer_id)
            atoms += customers.belonging(tx, atoms)
            known = customers.known_as(tx, atoms)
            own = [(each.kind, each.value) for each in known if each.own]
            if customers.withdrew(tx, atoms):
                addresses = [each.value for each in known if each.kind == "email" and not each.shared]
                messaging.suppress(tx, addresses, reason="erased", at=at)
            position = log.hold_sequencer(tx)
            run(
                tx,
                OWN.remember,
                erasure_id=one.erasure_id,
                at=at,
                kinds=[kind for kind, _ in own],
                values=[value for _, value in own],
            )
            log.drop_waiting(tx, own, at)
            customers.let_go(tx, atoms, at)
            names = customers.names_of(known)
            run(tx, SQL.begin, erasure_id=one.erasure_id, at=at, atoms=atoms, known=names, position=position)

    def _list(self, one: Working) -> None:
        with self.database.transaction() as tx:
            entries = rows(tx, OWN.remembered, Listed, erasure_id=one.erasure_id)
        append_listed(self.listed, one.erasure_id, entries)
        self._done(one, "listed", {})

    def _wipe(self, one: Working) -> None:
        self._settle(one.position)  # Amounts that are on their way into books come there first.
        with self.database.transaction() as tx:
            self._erase(tx, one, "wiped")
            analytics.ask_erasure(tx, one.atoms)

    def _of_nobody(self, known: Sequence[str]) -> list[int]:
        """Events of nobody that name the person; by position, for the log of the lake keeps what is asked."""
        pattern = pattern_of(known).replace("'", "''")
        with (
            analytics.open_lake(self.lake, ["events"]) as snapshot,
            analytics.open_duckdb(
                snapshot.relations, snapshot.people, place=self.lake.place, contacts=True
            ) as engine,
        ):
            told = engine.ask(
                f"select position from events where customer_id is null and name <> '{log.ERASED.name}' and "  # noqa: S608
                f"regexp_matches(concat_ws(chr(31), {NAMING}), '{pattern}', 'i')"
            )
            return [int(position) for position in told.read_all().column(0).to_pylist()]

    def _lake(self, one: Working) -> None:
        """Also what others wished for: the files are rewritten once for all."""
        changed = 0
        asked: set[int] = set()
        for _ in range(LAKE_TRIES):
            done = analytics.erase(self.lake)
            changed += done.rows
            if done.open:
                continue
            # Looked for now, when what was on its way while the rooms erased has arrived in the lake.
            nobodys = [position for position in self._of_nobody(one.known) if position not in asked]
            if not nobodys:
                self._done(one, "lake", {"rows of the lake": changed})
                return
            asked.update(nobodys)
            with self.database.transaction() as tx:
                analytics.ask_erasure(tx, [], nobodys)
        raise Unavailable(
            "Somebody reads the lake, so files that hold the person cannot be deleted yet. It is tried again."
        )

    def _sweep(self, one: Working) -> None:
        with self.database.transaction() as tx:
            self._erase(tx, one, "swept")

    def _erase(self, tx: Tx, one: Working, step: str) -> None:
        log.hold_readers(tx)
        customers.take_turn(tx)
        counts: Counter[str] = Counter()
        for subject in self.subjects:
            if subject.erase is not None:
                counts.update(subject.erase(tx, one.atoms, one.known))
        self._note(tx, one, step, counts)

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
        with self.database.transaction() as tx:
            for one in waiting:
                if not set(one.left_over) & set(still):
                    run(tx, SQL.finish, erasure_id=one.erasure_id, at=self.now(tx))
        return {"lake": changed, "rewritten": len(places), "left": len(still)}

    def _rewrite(self, one: Working) -> None:
        """At once; of those whom retention erases, many a night, once for all of them."""
        places = [*one.counts, "privacy.erasure"]
        left = places if one.asked_by == "retention" else rewrite(self.database, places)
        with self.database.transaction() as tx:
            if left:
                run(tx, SQL.left, erasure_id=one.erasure_id, left=left)
            else:
                run(tx, SQL.finish, erasure_id=one.erasure_id, at=self.now(tx))
        rewrite(self.database, ["privacy.erasure"])  # It kept until now whom to look for.

    def _done(self, one: Working, step: str, counts: Mapping[str, int]) -> None:
        with self.database.transaction() as tx:
            self._note(tx, one, step, counts)

    def _note(self, tx: Tx, one: Working, step: str, counts: Mapping[str, int]) -> None:
        run(
            tx,
            SQL.step,
            erasure_id=one.erasure_id,
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
