"""The inbox: cards kept for an app or a page of one's own, which asks for them and says what was read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.channels.body import Inbox
from regulars.channels.channel import Message, Receipt
from regulars.channels.work import sent
from regulars.db import Query, Statements, Tx, rows, run, value, values
from regulars.kernel import public_id

LIMIT_MAX = 100
FORGOTTEN_AFTER = timedelta(days=30)  # After its end.


class Sql(Statements, file="inbox.sql"):
    add_cards: Query
    cards: Query
    unread: Query
    mark_read: Query
    dismiss: Query
    forget_cards: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    card_id: int
    send_id: int
    title: str
    body: str
    link: str
    image: str
    at: datetime
    expires_at: datetime
    read_at: datetime | None

    @property
    def id(self) -> str:
        return public_id("crd", self.card_id)


class InboxChannel:
    """Handing over is a row of our own: a lost transaction has certainly shown nothing."""

    medium = "inbox"
    atomic = True

    def __init__(self, name: str, provider: Inbox) -> None:
        self.name, self._provider = name, provider

    def deliver(self, tx: Tx | None, messages: Sequence[Message]) -> Sequence[Receipt]:
        if tx is None:
            raise ValueError("The inbox writes into the transaction that resolves; give it one.")
        run(
            tx,
            SQL.add_cards,
            key=self.name,
            keep_days=self._provider.keep_days,
            send_ids=[one.send_id for one in messages],
            customer_ids=[one.customer_id for one in messages],
            titles=[one.subject for one in messages],
            bodies=[one.text.strip() for one in messages],
            links=[one.link for one in messages],
            images=[one.image for one in messages],
            ats=[one.at for one in messages],
        )
        return [sent(message) for message in messages]


def cards(
    tx: Tx, key: str, customer_id: int, *, at: datetime, before: int | None = None, limit: int = 20
) -> list[Card]:
    """What a person has now, newest first."""
    given = {"key": key, "customer_id": customer_id, "at": at, "before": before}
    return rows(tx, SQL.cards, Card, **given, limit=min(limit, LIMIT_MAX))


def unread(tx: Tx, key: str, customer_id: int, *, at: datetime) -> int:
    return int(value(tx, SQL.unread, key=key, customer_id=customer_id, at=at))


def mark_read(
    tx: Tx, key: str, customer_id: int, card_ids: Sequence[int] | None, *, at: datetime
) -> list[int]:
    """These cards, or all; gives the sends of those that were new to the reader."""
    given = list(card_ids) if card_ids is not None else None
    return values(tx, SQL.mark_read, key=key, customer_id=customer_id, card_ids=given, at=at)


def dismiss(tx: Tx, key: str, customer_id: int, card_ids: Sequence[int], *, at: datetime) -> list[int]:
    """They are shown no more; gives the sends of those that were."""
    return values(tx, SQL.dismiss, key=key, customer_id=customer_id, card_ids=list(card_ids), at=at)


def forget_cards(tx: Tx, at: datetime) -> int:
    return run(tx, SQL.forget_cards, before=at - FORGOTTEN_AFTER)
