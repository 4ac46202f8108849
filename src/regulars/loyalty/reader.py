"""The reader of the log that joins members, posts what they earn, and brings back what came back."""

from regulars.db import Tx
from regulars.log import Reader, Span
from regulars.loyalty import acts
from regulars.loyalty.accrual import accrue
from regulars.loyalty.launching import begin_due


def apply(tx: Tx, span: Span) -> None:
    # Whatever the timers do: an order that occurred after a version was to begin is ruled by it.
    begin_due(tx, span.booked_at)
    acts.before(tx, after=span.after, to=span.to)
    accrue(tx, after=span.after, to=span.to)
    acts.after(tx, after=span.after, to=span.to)


READER = Reader(name="loyalty", apply=apply, after=("orders",))
