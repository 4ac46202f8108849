"""The reader of the log that joins members, posts what they earn, and brings back what came back."""

from regulars.db import Tx
from regulars.log import Reader, Span
from regulars.loyalty import acts
from regulars.loyalty.accrual import accrue


def apply(tx: Tx, span: Span) -> None:
    acts.before(tx, after=span.after, to=span.to)
    accrue(tx, after=span.after, to=span.to)
    acts.after(tx, after=span.after, to=span.to)


READER = Reader(name="loyalty", apply=apply, after=("orders",))
