"""Codes of orders that were cancelled, or came back as a whole: what was used can be used again."""

from regulars.db import Query, Statements, Tx, values
from regulars.log import Reader, Span, is_from_outside
from regulars.offers.using import cancel_redemption


class Sql(Statements, file="returned.sql"):
    uses_returned: Query


SQL = Sql()


def apply(tx: Tx, span: Span) -> None:
    """Gives back the uses of a range's orders, each once; a card gets its money back."""
    if not is_from_outside(tx, span):
        return
    for use_id in values(tx, SQL.uses_returned, after=span.after, to=span.to):
        cancel_redemption(tx, use_id, key=f"returned/{use_id}", at=span.booked_at, actor="Regulars")


READER = Reader(name="offers_returned", apply=apply, after=("orders",))
