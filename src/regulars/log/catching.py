"""Catching up: the sequencer and the readers by turns, in order, until nothing is left to do."""

from collections.abc import Sequence
from datetime import datetime

from regulars.db import Database
from regulars.kernel import Fault
from regulars.log.reader import ReaderRunner, with_work
from regulars.log.sequencer import Sequencer

# Readers whose effects are events make work for each other; so many rounds mean that they never stop.
ROUNDS_MAX = 1_000


class NeverCaughtUp(Fault):
    code = "log.never_caught_up"


def catch_up(
    database: Database, sequencer: Sequencer, runners: Sequence[ReaderRunner], booked_at: datetime
) -> int:
    """Sequence everything that is committed and let every reader apply it, what they append included.

    Simulated time calls this; the caller keeps the runners, which know what size of step fits. Gives how
    many arrivals were sequenced. Paused readers, and those that follow them, are left where they stand.
    """
    ordered = in_order(runners)
    for runner in ordered:
        runner.register()
    total = 0
    for _ in range(ROUNDS_MAX):
        while taken := sequencer.run_once(booked_at):
            total += taken
            if taken < sequencer.batch:
                break
        sequencer.tidy()
        if not _apply(database, ordered):
            return total
    raise NeverCaughtUp(
        f"After {ROUNDS_MAX} rounds the readers still make events for each other; one of them answers its "
        "own. Pause readers one by one to find it."
    )


def _apply(database: Database, ordered: Sequence[ReaderRunner]) -> bool:
    """Let the readers with work go as far as they can; whether any had some."""
    names = [runner.reader.name for runner in ordered]
    with database.transaction() as tx:
        busy = with_work(tx, names)
    moved = 0
    for runner in ordered:
        if busy & {runner.reader.name, *runner.reader.after}:
            busy.add(runner.reader.name)
            # What is behind its bound now is found in the next round.
            while step := runner.run_once():
                moved += step
                if runner.is_at_bound:
                    break
    return moved > 0


def in_order(runners: Sequence[ReaderRunner]) -> list[ReaderRunner]:
    """Every reader behind those it follows, else as given."""
    left = list(runners)
    known = {runner.reader.name for runner in runners}
    placed: list[ReaderRunner] = []
    while left:
        waiting = {runner.reader.name for runner in left}
        ready = [r for r in left if not waiting & set(r.reader.after)]
        strangers = {name for r in ready for name in r.reader.after} - known
        if not ready or strangers:
            raise Fault(
                f"Readers follow each other in a circle or follow nobody: {sorted(waiting | strangers)}."
            )
        placed += ready
        left = [r for r in left if r not in ready]
    return placed
