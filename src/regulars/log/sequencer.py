"""The sequencer: takes what is visible in the inbox and gives it gapless, growing positions.

A position taken at insert would let a later number commit first, and a cursor would skip the earlier one
for ever. Here positions are given in one transaction at a time, under the lock of one row, so whoever sees
a position sees every smaller one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import sql

from regulars.db import Database, Query, Statements, Tx, maybe, one, run, value
from regulars.kernel import Fault
from regulars.log.faults import is_of_the_data, reason_of

Resolve = Callable[[Tx], None]
Sift = Callable[[Tx], int]

BATCH = 5_000
# So many refused one after the other, and none taken: it is not the events.
REFUSED_IN_A_ROW_MAX = 100
SEEN_FOR = timedelta(days=7)
VACUUM_EVERY, VACUUM_WHEN_IDLE = 50_000, 5_000
ANALYZE_FIRST, ANALYZE_GROWTH = 2_000, 4


class SequencerAtFault(Fault):
    code = "log.sequencer_at_fault"


class Sql(Statements, file="sequencer.sql"):
    make_batch: Query
    hold: Query
    take: Query
    drop_repeats: Query
    book: Query
    go_on: Query
    clear_batch: Query
    reject: Query
    make_partition: Query
    partition_of: Query
    prune_seen: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    next_position: int
    partitioned_to: int
    booked_at: datetime
    is_waiting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    members: int
    first_arrival: int | None


class Sequencer:
    """Any number may run against one database: all but one find nothing to do.

    `resolve(tx)` assigns customers. It is called once for each batch, inside the sequencer's transaction,
    with the batch in the session's table

        pg_temp.log_batch(arrival bigint not null, received_at timestamptz not null, message_id text not null,
                          source text not null, type text not null, name text not null, user_id text,
                          anonymous_id text, customer_id bigint, occurred_at timestamptz not null,
                          properties jsonb not null, context jsonb, history boolean not null,
                          schema_version integer not null, hops integer not null)

    `arrival` is unique and is the order in which the events will stand in the log; every text is
    `collate "C"`; duplicates are gone; for an identify `properties` holds the traits; the table has no
    index and no statistics. It must, set-based, `update pg_temp.log_batch set customer_id = …` where it
    finds a customer, may read and write its own room's tables, and changes no other column, no row's
    presence, and no transaction state. A row that comes with a customer keeps it. A null is allowed and
    stays: an event of nobody. It may be called again with a part of the same batch after a rollback, so it
    keeps no state outside the database.

    `sift(tx)` is called before, with the whole batch: it deletes rows that must not be booked, and gives how
    many. Their message ids are not remembered.
    """

    def __init__(
        self, database: Database, resolve: Resolve, *, sift: Sift | None = None, batch: int = BATCH
    ) -> None:
        self._database = database
        self._resolve = resolve
        self._sift = sift
        self.batch = batch
        self._connection: Tx | None = None
        self._refused_in_a_row = 0
        self._since_vacuum = 0
        self._is_idle = False
        self._analyze_at = ANALYZE_FIRST
        self._last_position = 0

    def run_once(self, booked_at: datetime) -> int:
        """Sequence one batch and give how many arrivals it took away; 0 when there is nothing to do.

        An instant before the last one booked counts as the last one booked.
        """
        tx = self._connected()
        try:
            with tx.transaction():
                taken = self._run(tx, booked_at)
        except BaseException:
            if tx.broken or tx.closed:
                self.close()
            raise
        self._since_vacuum += taken
        self._is_idle = taken == 0
        return taken

    def _run(self, tx: Tx, booked_at: datetime) -> int:
        held = maybe(tx, SQL.hold, Held, booked_at=booked_at)
        if held is None or not held.is_waiting:
            return 0
        ready_to = held.partitioned_to
        while ready_to < held.next_position + 2 * self.batch:
            ready_to = value(tx, SQL.make_partition)
        self._refused_in_a_row = 0
        self._last_position = held.next_position - 1
        return self._book(tx, held.booked_at, self.batch)

    def _book(self, tx: Tx, booked_at: datetime, limit: int) -> int:
        """Book the first arrivals; when one of them makes that fail, halve until it stands alone."""
        taken = Taken(members=0, first_arrival=None)
        try:
            with tx.transaction():
                taken = one(tx, SQL.take, Taken, limit=limit)
                self._place(tx, booked_at, taken.members)
                if limit < self.batch:
                    run(tx, SQL.clear_batch)
        except Exception as fault:
            if not taken.members or not is_of_the_data(fault):
                raise
            if taken.members == 1:
                self._reject(tx, taken, fault)
                return 1
        else:
            self._refused_in_a_row = 0
            return taken.members
        half = taken.members // 2
        return self._book(tx, booked_at, half) + self._book(tx, booked_at, taken.members - half)

    def _place(self, tx: Tx, booked_at: datetime, members: int) -> None:
        sifted = self._sift(tx) if self._sift is not None and members else 0
        dropped = run(tx, SQL.drop_repeats)
        booked = members - sifted - dropped
        first = self._last_position + 1
        if booked:
            self._resolve(tx)
            written = run(tx, SQL.book, next_position=first, booked_at=booked_at)
            if written != booked:
                raise SequencerAtFault(
                    f"Resolving customers changed a batch of {booked} events to {written}; it may set "
                    "customer_id and nothing else."
                )
        self._last_position = value(tx, SQL.go_on, booked=booked, dropped=dropped, booked_at=booked_at) - 1

    def _reject(self, tx: Tx, taken: Taken, fault: Exception) -> None:
        self._refused_in_a_row += 1
        if self._refused_in_a_row > REFUSED_IN_A_ROW_MAX:
            raise SequencerAtFault(
                f"{self._refused_in_a_row} events in a row could not be sequenced, the last because of: "
                f"{reason_of(fault)}. They wait in the inbox; this is not the events' fault."
            ) from fault
        run(tx, SQL.reject, arrival=taken.first_arrival, reason=reason_of(fault))

    def tidy(self) -> None:
        """Vacuum and analyse when enough has passed through; costs nothing when it has not.

        The inbox has no index, so its dead rows are what the next batch has to scan over; and readers of a
        partition that was filled a second ago need its statistics before the server's own turn comes.
        """
        if self._since_vacuum >= (VACUUM_WHEN_IDLE if self._is_idle else VACUUM_EVERY):
            self._maintain(sql.SQL("vacuum log.inbox"))
            self._since_vacuum = 0
        if self._last_position >= self._analyze_at:
            tx = self._connected()
            with tx.transaction():
                table = value(tx, SQL.partition_of, position=self._last_position)
            if table:
                self._maintain(sql.SQL("analyze {}").format(sql.Identifier(*str(table).split("."))))
            self._analyze_at = self._last_position * ANALYZE_GROWTH

    def _maintain(self, command: sql.SQL | sql.Composed) -> None:
        tx = self._connected()
        tx.autocommit = True
        try:
            tx.execute(command)
        finally:
            if not tx.closed:
                tx.autocommit = False

    def _connected(self) -> Tx:
        if self._connection is None:
            tx = self._database.connect()
            with tx.transaction():
                run(tx, SQL.make_batch)
            self._connection = tx
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def prune_seen(tx: Tx, *, older_than: timedelta = SEEN_FOR, limit: int = 10_000) -> int:
    """Forget old message ids, a bounded number at a time; 0 when none is left."""
    return run(tx, SQL.prune_seen, seconds=older_than.total_seconds(), limit=limit)
