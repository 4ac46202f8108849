"""Readers: an effect over a range of the log, and the cursor that moves in the same transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic, sleep

import psycopg

from regulars.db import Database, Query, Statements, Tx, maybe, run, value, values
from regulars.kernel import Fault, NotFound, RegularsError
from regulars.log.faults import is_of_the_data, is_passing, reason_of

STEP_SECONDS = 0.2
BATCH = 5_000
BATCH_MIN = 50
TRIES = 5
FIRST_PAUSE_S = 0.02
# So many set aside one after the other, and none applied: it is not the events.
SET_ASIDE_IN_A_ROW_MAX = 100


class Sql(Statements, file="reader.sql"):
    register: Query
    hold: Query
    booked_at: Query
    is_from_outside: Query
    move: Query
    note_failure: Query
    set_aside: Query
    with_work: Query
    hold_set_aside: Query
    hold_reader: Query
    forget_set_aside: Query
    passed_followers: Query


SQL = Sql()


class ReaderAtFault(Fault):
    code = "log.reader_at_fault"


class SetAsideNotFound(NotFound):
    code = "log.set_aside_not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The positions (after, to]: `where position > after and position <= to`."""

    after: int
    to: int
    booked_at: datetime  # Of the last event in it.

    @property
    def events(self) -> int:
        return self.to - self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """`apply(tx, span)` works set-based on its span of `log.fact_event` and leaves the transaction open.

    It may be called with any span, a single event too, and again after a rollback: what it does must not
    depend on where spans are cut, and nothing outside the database may happen in it.
    """

    name: str
    apply: Callable[[Tx, Span], None]
    after: tuple[str, ...] = ()  # Readers whose effect it needs: it never passes their cursors.
    batch: int = BATCH  # At most so many events in one transaction.
    from_head: bool = False  # A new reader begins with the first event, or with the next to come.


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    position: int
    bound: int


class ReaderRunner:
    """Any number may run for one reader: all but one find nothing to do.

    The size of a step adapts so that a transaction takes about 200 ms. When a step fails because of its
    events, the failing range is halved, one transaction after the other, until one event stands alone; it
    is set aside, and the rest goes on.
    """

    def __init__(self, database: Database, reader: Reader) -> None:
        self.reader = reader
        self._database = database
        self._size = min(reader.batch, BATCH_MIN * 20)
        # Up to here a failing event is looked for; positions at and before the cursor mean none is.
        self._suspect_to = 0
        self._alone_in_a_row = 0
        self._tried: Span | None = None
        self._is_registered = False
        self.is_at_bound = False  # Whether the last step left nothing that was there when it began.

    def register(self) -> None:
        """Make the cursor row; once is enough, again is harmless."""
        if not self._is_registered:
            with self._database.transaction() as tx:
                register(tx, self.reader)
            self._is_registered = True

    def run_once(self) -> int:
        """Move on by one step and give by how many events; 0 when there is nothing to do or it is held.

        A passing fault is tried again a few times and then raised; so is a fault that is not the events'.
        """
        self.register()
        tries = 0
        while True:
            try:
                return self._step()
            except Exception as fault:
                self._size = max(BATCH_MIN, self._size // 2)
                if is_passing(fault):
                    tries += 1
                    if tries >= TRIES:
                        self._note(fault)
                        raise
                    sleep(FIRST_PAUSE_S * 2**tries)
                elif is_of_the_data(fault) and self._tried is not None:
                    if self._tried.events == 1:
                        return self._set_aside(self._tried, fault)
                    self._suspect_to = self._tried.to
                else:
                    self._note(fault)
                    raise

    def _step(self) -> int:
        self._tried = None
        began = monotonic()
        with self._database.transaction() as tx:
            span = self._next(tx)
            if span is None:
                return 0
            self._tried = span
            self.reader.apply(tx, span)
            seconds = monotonic() - began
            run(tx, SQL.move, name=self.reader.name, position=span.to, events=span.events, seconds=seconds)
        self._adapt(span.events, monotonic() - began)
        self._alone_in_a_row = 0
        return span.events

    def _next(self, tx: Tx) -> Span | None:
        held = maybe(tx, SQL.hold, Held, name=self.reader.name)
        if held is None or held.bound <= held.position:
            return None
        if held.position < self._suspect_to:
            size = max(1, (self._suspect_to - held.position) // 2)
        else:
            size = self._size
        to = min(held.bound, held.position + size)
        self.is_at_bound = to == held.bound
        return Span(after=held.position, to=to, booked_at=value(tx, SQL.booked_at, position=to))

    def _adapt(self, events: int, seconds: float) -> None:
        fitting = int(events * STEP_SECONDS / max(seconds, 0.000_1))
        if fitting < self._size or events >= self._size:
            self._size = max(BATCH_MIN, self._size // 2, min(fitting, self._size * 2, self.reader.batch))
            self._size = min(self._size, self.reader.batch)

    def _set_aside(self, span: Span, fault: Exception) -> int:
        """Pass over one event, if the cursor still stands before it."""
        self._alone_in_a_row += 1
        if self._alone_in_a_row > SET_ASIDE_IN_A_ROW_MAX:
            at_fault = ReaderAtFault(
                f"{self._alone_in_a_row} events in a row failed in the reader {self.reader.name}, the last "
                f"because of: {reason_of(fault)}. It waits before {span.to}; this is not the events' fault."
            )
            self._note(at_fault)
            raise at_fault from fault
        with self._database.transaction() as tx:
            held = maybe(tx, SQL.hold, Held, name=self.reader.name)
            if held is None or held.position != span.after:
                return 0
            run(tx, SQL.set_aside, name=self.reader.name, position=span.to, reason=reason_of(fault))
            run(tx, SQL.move, name=self.reader.name, position=span.to, events=0, seconds=0.0)
            run(tx, SQL.note_failure, name=self.reader.name, reason=reason_of(fault), more=0)
        return 1

    def _note(self, fault: BaseException) -> None:
        try:
            with self._database.transaction() as tx:
                run(tx, SQL.note_failure, name=self.reader.name, reason=reason_of(fault), more=1)
        except (psycopg.Error, RegularsError) as second:
            fault.add_note(f"It could not be noted at the reader either: {second}")


def register(tx: Tx, reader: Reader) -> None:
    run(tx, SQL.register, name=reader.name, follows=list(reader.after), at_head=reader.from_head)


def is_from_outside(tx: Tx, span: Span) -> bool:
    """Whether a range holds anything but the product's own doings, which tell many a reader nothing."""
    return bool(value(tx, SQL.is_from_outside, after=span.after, to=span.to))


def with_work(tx: Tx, names: Iterable[str]) -> set[str]:
    """Of the named readers, those that could move now."""
    return set(values(tx, SQL.with_work, names=list(names)))


def replay(tx: Tx, reader: Reader, position: int, others: Sequence[Reader] = ()) -> None:
    """Apply a set-aside event now, in the caller's transaction, and forget that it was set aside.

    It comes after events that stood behind it. Readers that follow this one passed it without its effect:
    those among `others` apply it too, and for the rest it is set aside, to be replayed. Raises what a
    reader raises; then it stays set aside.
    """
    run(tx, SQL.hold_reader, name=reader.name)
    if value(tx, SQL.hold_set_aside, name=reader.name, position=position) is None:
        raise SetAsideNotFound(
            f"The event {position} is not set aside by the reader {reader.name}; perhaps it was replayed."
        )
    _apply_again(tx, reader, position)
    run(tx, SQL.forget_set_aside, name=reader.name, position=position)
    known = {one.name: one for one in others}
    for name in values(tx, SQL.passed_followers, name=reader.name, position=position):
        if name in known:
            _apply_again(tx, known[name], position)
        else:
            reason = f"It was replayed by {reader.name}, which this reader follows; replay it here too"
            run(tx, SQL.set_aside, name=name, position=position, reason=reason)


def _apply_again(tx: Tx, reader: Reader, position: int) -> None:
    booked_at = value(tx, SQL.booked_at, position=position)
    reader.apply(tx, Span(after=position - 1, to=position, booked_at=booked_at))
