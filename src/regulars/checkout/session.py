"""A session of a till: points held and codes reserved for a cart, until it is paid, given up or too old."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from regulars import log, loyalty
from regulars.checkout import paying, reserving
from regulars.checkout.answer import Answer, Outcome, Said, Session, State
from regulars.checkout.cart import Cart, Order, check
from regulars.checkout.errors import SessionClosed, UnknownSession
from regulars.checkout.repeated import check_key, check_same, fitting
from regulars.checkout.reserving import Shown
from regulars.checkout.telling import tell_order, user_id_of
from regulars.db import Query, Statements, Tx, maybe, rows, run, value, values
from regulars.kernel import Finding, Invalid, public_id

PORTION = 500


class Sql(Statements, file="session.sql"):
    open_session: Query
    by_key: Query
    by_id: Query
    locked: Query
    keep_answer: Query
    close_session: Query
    sessions_of: Query
    take_order: Query
    paid_by: Query
    due: Query


SQL = Sql()


def open_session(
    tx: Tx,
    programme: str,
    customer_id: int | None,
    cart: Cart,
    *,
    key: str,
    at: datetime,
    points: int = 0,
    codes: Sequence[str] = (),
    actor: str,
) -> Session:
    """Holds the points and reserves the codes that can be; what cannot is answered with its reason.

    The same key and fields give the first answer again; another field raises KeyConflict.
    """
    check(cart)
    check_key(key)
    check_asked(points, codes, customer_id)
    body = loyalty.definition(tx, programme)
    fields = asked_fields(customer_id, cart, points, codes)
    expires_at = at + timedelta(minutes=body.hold_minutes)
    session_id = value(
        tx, SQL.open_session, programme=programme, key=key, customer_id=customer_id, fields=Jsonb(fields),
        cart=Jsonb(fields["cart"]), at=at, actor=actor, expires_at=expires_at,
    )  # fmt: skip
    if session_id is None:
        before = maybe(tx, SQL.by_key, Session, programme=programme, key=key)
        assert before is not None
        check_same(key, before.fields, fields)
        return before
    shown = Shown(
        codes=tuple(codes), customer_id=customer_id, cart=cart, key=f"{programme}/{key}", at=at,
        expires_at=expires_at,
    )  # fmt: skip
    discounts = reserving.reserve(tx, shown, cart.total, cards=False)
    off = sum(one.amount for one in discounts if one.applied)
    priced = loyalty.preview_basket(tx, programme, customer_id, cart.less(off).basket(), at)
    hold_id, held, worth, said = _hold(
        tx, programme, customer_id, points, priced, key=key, at=at, expires_at=expires_at, actor=actor
    )
    left = cart.total - off - worth
    cards = reserving.reserve(tx, shown, left, cards=True)
    answer = Answer(
        said=(*discounts, *said, *cards),
        off_minor=off,
        worth_minor=worth,
        left_minor=left - sum(one.amount for one in cards if one.applied),
        earns={code: priced.points(code) for code in {award.currency for award in priced.awards}},
    )
    run(
        tx, SQL.keep_answer, session_id=session_id, answer=Jsonb(msgspec.to_builtins(answer)),
        hold_id=hold_id, held=held, expires_at=expires_at,
    )  # fmt: skip
    return session(tx, session_id)


def session(tx: Tx, session_id: int) -> Session:
    found = maybe(tx, SQL.by_id, Session, session_id=session_id)
    if found is None:
        raise UnknownSession(f"There is no session {public_id('ses', session_id)}; open one.")
    return found


def sessions_of(
    tx: Tx, customer_ids: Sequence[int], limit: int = 10, *, programme: str | None = None
) -> list[Session]:
    """Of these customers, the newest first."""
    found = {"customers": list(customer_ids), "programme": programme, "limit": limit}
    return rows(tx, SQL.sessions_of, Session, **found)


def capture_session(
    tx: Tx,
    session_id: int,
    *,
    order_key: str,
    key: str,
    at: datetime,
    actor: str,
    tell: bool = True,
    occurred_at: datetime | None = None,
) -> Session:
    """The cart was paid: spends what was held, redeems the codes and (`tell`) tells the order to the log."""
    check_key(key)
    check_key(order_key, "order")
    found = _standing(tx, session_id, key, "captured", order_key, at)
    if found.state != "open":
        return found
    _check_unpaid(tx, found, order_key)
    spent = 0
    transfer_id = None
    if found.hold_id is not None:
        receipt = loyalty.capture_hold(
            tx, found.programme, found.hold_id, key=f"checkout/{found.id}/capture", at=at,
            order_key=order_key, actor=actor,
        ).confirmed()  # fmt: skip
        spent, transfer_id = receipt.captured, receipt.transfer_id
    codes = reserving.redeem(tx, found, order_key=order_key, at=at, actor=actor)
    if tell:
        told = Order(
            key=order_key, cart=found.bought.less(found.answered.off_minor), occurred_at=occurred_at,
            customer_id=found.customer_id, user_id=user_id_of(tx, found.customer_id),
        )  # fmt: skip
        tell_order(tx, told, at=at)
    outcome = Outcome(points=spent, transfer_id=transfer_id, codes=tuple(codes))
    return _close(tx, found, "captured", key=key, at=at, order_key=order_key, outcome=outcome)


def void_session(tx: Tx, session_id: int, *, key: str, at: datetime, actor: str) -> Session:
    """Nothing was bought: what was held and reserved is free again."""
    check_key(key)
    found = _standing(tx, session_id, key, "voided", None, at)
    if found.state != "open":
        return found
    if found.hold_id is not None:
        loyalty.void_hold(
            tx, found.programme, found.hold_id, key=f"checkout/{found.id}/void", at=at, actor=actor
        )
    reserving.release(tx, found, at=at)
    return _close(tx, found, "voided", key=key, at=at, order_key=None, outcome=Outcome())


def expire_sessions(tx: Tx, at: datetime) -> int:
    """Ends every session whose time is over; gives how many. Holds and reservations end by themselves."""
    ended = 0
    for session_id in values(tx, SQL.due, at=at, limit=PORTION):
        found = maybe(tx, SQL.locked, Session, session_id=session_id)
        if found is not None and found.state == "open":
            reserving.release(tx, found, at=at)
            _close(tx, found, "expired", key="", at=at, order_key=None, outcome=Outcome())
            ended += 1
    return ended


def asked_fields(customer_id: int | None, cart: Cart, points: int, codes: Sequence[str]) -> dict[str, Any]:
    return {
        "customer": customer_id,
        "cart": msgspec.to_builtins(cart),
        "points": points,
        "codes": list(codes),
    }


def check_asked(points: int, codes: Sequence[str], customer_id: int | None) -> None:
    found = []
    if points < 0:
        found.append(("points", f"Points to pay with are zero or more; found {points:,}."))
    if points and customer_id is None:
        found.append(("points", "Nobody is known whose points could pay: send the member, or no points."))
    if len({*codes}) < len(codes):
        found.append(("codes", "A code stands twice; send each once."))
    if found:
        raise Invalid(
            "Please check what was sent.",
            [Finding(path=path, code="checkout.asked", message=told) for path, told in found],
        )


def _hold(
    tx: Tx,
    programme: str,
    customer_id: int | None,
    points: int,
    priced: loyalty.Priced,
    *,
    key: str,
    at: datetime,
    expires_at: datetime,
    actor: str,
) -> tuple[int | None, int, int, list[Said]]:
    """The hold, points held, their worth in minor units, and what is said of it."""
    if not points or customer_id is None:
        return None, 0, 0, []
    payable = priced.payable
    coin = payable.currency if payable else "points"
    refusal = paying.refusal(payable, points)
    if refusal is not None or payable is None:
        said = Said(what="points", id=coin, applied=False, code="payment", words=refusal or "")
        return None, 0, 0, [said]
    receipt = loyalty.place_hold(
        tx, programme, customer_id, points, key=fitting(f"checkout/{key}"), at=at, currency=coin,
        expires_at=expires_at, reason="checkout", actor=actor,
    )  # fmt: skip
    if receipt.outcome != receipt.wanted:
        words = f"{receipt.available:,} can be spent"
        return None, 0, 0, [Said(what="points", id=coin, applied=False, code=receipt.outcome, words=words)]
    worth = paying.worth_minor(payable, points)
    said = Said(what="points", id=coin, applied=True, amount=points)
    return receipt.hold_id, points, worth, [said]


def _standing(
    tx: Tx, session_id: int, key: str, wanted: State, order_key: str | None, at: datetime
) -> Session:
    """The session, locked; itself again for a repeat. Raises SessionClosed for what was closed otherwise."""
    found = maybe(tx, SQL.locked, Session, session_id=session_id)
    if found is None:
        return session(tx, session_id)
    if found.state == wanted and found.closed_by == key:
        check_same(key, {"order": found.order_key}, {"order": order_key})
        return found
    if found.state != "open":
        raise SessionClosed(f"{found.id} is {found.state} already; open another session.")
    if found.expires_at <= at:
        raise SessionClosed(f"{found.id} ran out at {found.expires_at:%H:%M:%S} UTC; open another session.")
    return found


def _check_unpaid(tx: Tx, found: Session, order_key: str) -> None:
    value(tx, SQL.take_order, order_key=order_key)
    other = value(tx, SQL.paid_by, order_key=order_key, session_id=found.session_id)
    if other is not None:
        raise SessionClosed(
            f"The order {order_key!r} was paid in {public_id('ses', other)}; void {found.id}, or capture it "
            "for another order."
        )


def _close(
    tx: Tx, found: Session, state: State, *, key: str, at: datetime, order_key: str | None, outcome: Outcome
) -> Session:
    run(
        tx, SQL.close_session, session_id=found.session_id, state=state, at=at, key=key, order_key=order_key,
        outcome=Jsonb(msgspec.to_builtins(outcome)),
    )  # fmt: skip
    log.append(tx, [_event(found, state, order_key, outcome, at)])
    return session(tx, found.session_id)


def _event(
    found: Session, state: State, order_key: str | None, outcome: Outcome, at: datetime
) -> log.NewEvent:
    return log.NewEvent(
        message_id=f"regulars.checkout.{state}/{found.session_id}",
        name=f"regulars.checkout.{state}",
        occurred_at=at,
        customer_id=found.customer_id,
        properties={
            "session": found.id,
            "programme": found.programme,
            "order": order_key,
            "points": outcome.points,
            "codes": len(outcome.codes),
        },
    )
