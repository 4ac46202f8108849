"""What came back of orders: the ledger follows their present state, not the number of their events."""

from collections.abc import Sequence

from regulars.db import Tx
from regulars.loyalty.ruling import Item, Shelf


def settle(tx: Tx, shelf: Shelf, items: Sequence[Item]) -> None:
    """Bring what stands of the awards of these orders to what stands of the orders."""
