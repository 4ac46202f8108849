"""The money of gift cards: every movement takes from one account what it puts into another."""

from collections.abc import Sequence
from datetime import datetime

from regulars.db import Tx, run
from regulars.offers.statements import SQL

ACCOUNTS = {
    "load": ("sold", "card"),
    "pay": ("card", "paid"),
    "refund": ("paid", "card"),
    "cancel": ("card", "cancelled"),
}


def load(tx: Tx, code_ids: Sequence[int], minor: int, *, at: datetime, actor: str | None) -> None:
    """Cards that were just handed out have money on them."""
    move(tx, "load", code_ids, minor, at=at, use_id=None, actor=actor)


def move(
    tx: Tx,
    kind: str,
    code_ids: Sequence[int],
    minor: int,
    *,
    at: datetime,
    use_id: int | None,
    actor: str | None,
) -> None:
    """Book what changed the balance, which stands with the card already."""
    source, target = ACCOUNTS[kind]
    run(
        tx,
        SQL.move,
        kind=kind,
        from_account=source,
        to_account=target,
        code_ids=list(code_ids),
        amount=minor,
        at=at,
        use_id=use_id,
        actor=actor,
    )
