"""Holds, linked writes, gifts, ends of lots and closed books, one by one."""

from datetime import timedelta

import pytest

from regulars import access
from regulars.db import Tx
from regulars.kernel import Invalid
from regulars.loyalty import (
    BooksClosed,
    GiftsNotAllowed,
    HoldCaptured,
    HoldExpired,
    HoldTooSmall,
    HoldVoided,
    KeyConflict,
    NotReversible,
    Write,
    accrue,
    adjust,
    balance_as_of,
    balance_known_now,
    capture_hold,
    check_ledger,
    close_books,
    closings,
    enrol,
    expire_due,
    expire_holds,
    give_back,
    hold_of,
    holds_of,
    lot_changes,
    lots,
    member,
    move_ends,
    place_hold,
    post_linked,
    reinstate,
    reverse,
    spend,
    statement,
    take_back,
    transfer_points,
    void_hold,
)
from tests.integration.loyalty.books import Sale, after, no_tiers, open_club, put_sales

BY = {"reason": "test", "actor": "Ada"}
SOON = timedelta(minutes=5)


@pytest.fixture
def club(tx: Tx) -> Tx:
    """Two members; the first has 100 points that end after nine days and 50 that never do."""
    open_club(tx, no_tiers(gifts=True))
    for who in (1, 2):
        enrol(tx, "club", who, at=after(1))
    adjust(tx, "club", 1, 100, key="first", at=after(1), **BY)
    adjust(tx, "club", 1, 50, key="second", at=after(1), **BY)
    first, second = (one.id for one in sorted(lots(tx, 1, programme="club"), key=lambda one: one.id))
    move_ends(tx, "club", customer_id=1, lots=[first], to=after(10), at=after(1), **BY)
    move_ends(tx, "club", customer_id=1, lots=[second], to=after(900), at=after(1), **BY)
    return tx


def spendable(tx: Tx, day: float, who: int = 1) -> int:
    found = member(tx, who, programme="club", at=after(day))
    assert found is not None
    return found.spendable


def test_a_hold_reduces_what_can_be_spent_and_is_resolved_once(club: Tx) -> None:
    held = place_hold(club, "club", 1, 120, key="h", at=after(2), order_key="o-1").confirmed()

    assert (held.available, spendable(club, 2)) == (30, 30)
    assert place_hold(club, "club", 1, 31, key="h-2", at=after(2)).outcome == "insufficient"
    assert spend(club, "club", 1, 31, key="s", at=after(2)).outcome == "insufficient"
    with pytest.raises(KeyConflict, match="amount"):
        place_hold(club, "club", 1, 119, key="h", at=after(2), order_key="o-1")
    at = after(2) + SOON
    with pytest.raises(HoldTooSmall):
        capture_hold(club, "club", held.hold_id, key="c-0", at=at, amount=121).confirmed()
    captured = capture_hold(club, "club", held.hold_id, key="c", at=at, amount=110).confirmed()
    assert capture_hold(club, "club", held.hold_id, key="c", at=at, amount=110) == captured
    assert (captured.captured, captured.available, spendable(club, 2.1)) == (110, 40, 40)
    for error, write in ((HoldCaptured, capture_hold), (HoldCaptured, void_hold)):
        with pytest.raises(error):
            write(club, "club", held.hold_id, key=f"again-{write.__name__}", at=at).confirmed()
    assert "spent for order o-1. Captured from the hold" in statement(club, 1, programme="club").items[0].text
    paid = club.execute("select order_key from loyalty.transfer where kind = 'spend'").fetchall()
    assert (paid, hold_of(club, "club", held.hold_id).state, check_ledger(club)) == (
        [("o-1",)],
        "captured",
        [],
    )


def test_voided_and_timed_out_holds_answer_differently(club: Tx) -> None:
    voided = place_hold(club, "club", 1, 20, key="a", at=after(2), expires_at=after(9))
    late = place_hold(club, "club", 1, 130, key="b", at=after(2), expires_at=after(3))
    void_hold(club, "club", voided.hold_id, key="v", at=after(2.5)).confirmed()

    assert (spendable(club, 2.6), spendable(club, 3)) == (20, 150)  # Over by itself, before any job.
    with pytest.raises(HoldVoided):
        capture_hold(club, "club", voided.hold_id, key="c", at=after(2.6)).confirmed()
    with pytest.raises(HoldExpired):
        capture_hold(club, "club", late.hold_id, key="d", at=after(3)).confirmed()
    assert (expire_holds(club, after(4)), expire_holds(club, after(4))) == (1, 0)
    assert [(one.state, one.resolved_at) for one in holds_of(club, 1, programme="club")] == [
        ("expired", after(3)), ("voided", after(2.5)),
    ]  # fmt: skip
    assert balance_as_of(club, 1, programme="club", booked_at=after(2.7)).held == 130
    with pytest.raises(Invalid):
        place_hold(club, "club", 1, 1, key="e", at=after(4), expires_at=after(4))


def test_points_that_end_under_a_hold_stay_for_that_hold_and_for_nobody_else(club: Tx) -> None:
    held = place_hold(club, "club", 1, 90, key="h", at=after(9), expires_at=after(12))

    assert expire_due(club, after(11)) == 0
    assert spendable(club, 11) == 50  # What has ended pays the hold, so that the rest is free.
    capture_hold(club, "club", held.hold_id, key="c", at=after(11)).confirmed()
    assert expire_due(club, after(11)) == 1
    found = balance_as_of(club, 1, programme="club", booked_at=after(11))
    assert (found.active, found.spent, found.expired, check_ledger(club)) == (50, 90, 10, [])


def test_what_is_held_when_its_order_is_returned_is_taken_when_it_is_free(club: Tx) -> None:
    put_sales(club, [Sale(position=1, customer=2, at=after(2), minor=8000)])
    accrue(club, after=0, to=1)
    (award,) = club.execute("select id from loyalty.transfer where kind = 'earn'").fetchone()
    held = place_hold(club, "club", 2, 60, key="h", at=after(3), expires_at=after(9))

    assert take_back(club, "club", award, 80, key="r", at=after(4), reason="returned").amount == 20
    assert spendable(club, 4, who=2) == 0
    void_hold(club, "club", held.hold_id, key="v", at=after(5)).confirmed()

    assert (spendable(club, 5, who=2), check_ledger(club)) == (0, [])
    with pytest.raises(NotReversible):
        reverse(club, "club", award, key="again", at=after(6), **BY)


@pytest.mark.parametrize("captured", [60, 25, 0])
def test_a_return_under_a_hold_gets_its_due_whatever_becomes_of_the_hold(club: Tx, captured: int) -> None:
    put_sales(club, [Sale(position=1, customer=2, at=after(2), minor=8000)])
    accrue(club, after=0, to=1)
    (award,) = club.execute("select id from loyalty.transfer where kind = 'earn'").fetchone()
    held = place_hold(club, "club", 2, 60, key="h", at=after(3), expires_at=after(9))
    bare = place_hold(club, "club", 1, 150, key="bare", at=after(3), expires_at=after(9))
    assert take_back(club, "club", award, 80, key="r", at=after(4), reason="returned").amount == 20
    adjust(club, "club", 2, 100, key="later", at=after(5), **BY)
    assert spendable(club, 5, who=2) == 100

    if captured:
        done = capture_hold(club, "club", held.hold_id, key="c", at=after(6), amount=captured).confirmed()
        assert done.available == 100 - captured
    else:
        assert expire_holds(club, after(9)) == 2

    # As if the goods had come back before anything was held: 100 of later, less what was paid.
    assert (spendable(club, 9, who=2), check_ledger(club)) == (100 - captured, [])
    with pytest.raises(NotReversible):
        take_back(club, "club", award, 1, key="again", at=after(10), reason="returned")
    if captured:
        reverse(club, "club", done.transfer_id, key="undo", at=after(11), **BY)
        assert (spendable(club, 11, who=2), check_ledger(club)) == (100, [])
        capture_hold(club, "club", bare.hold_id, key="b", at=after(8)).confirmed()


def test_a_return_under_a_hold_makes_nobody_owe_and_takes_what_the_spending_gives_back(club: Tx) -> None:
    put_sales(club, [Sale(position=1, customer=2, at=after(2), minor=8000)])
    accrue(club, after=0, to=1)
    (award,) = club.execute("select id from loyalty.transfer where kind = 'earn'").fetchone()
    held = place_hold(club, "club", 2, 80, key="h", at=after(3), expires_at=after(9))
    take_back(club, "club", award, 80, key="r", at=after(4), reason="returned")

    paid = capture_hold(club, "club", held.hold_id, key="c", at=after(5)).confirmed()
    adjust(club, "club", 2, 10, key="later", at=after(6), **BY)
    assert balance_as_of(club, 2, programme="club", booked_at=after(7)).owed == 0
    assert spendable(club, 7, who=2) == 10
    reverse(club, "club", paid.transfer_id, key="undo", at=after(8), **BY)
    assert (spendable(club, 8, who=2), check_ledger(club)) == (10, [])


def test_parts_given_back_add_up_and_last_at_least_so_long(club: Tx) -> None:
    receipt = spend(club, "club", 1, 130, key="s", at=after(2), order_key="o")
    shared = {"at": after(8), "reason": "returned"}

    parts = [
        give_back(club, "club", receipt.transfer_id, part, key=f"g-{part}", least_until=after(30), **shared)
        for part in (7, 53, 70)
    ]

    assert [part.available for part in parts] == [27, 80, 150]
    with pytest.raises(NotReversible):
        give_back(club, "club", receipt.transfer_id, 1, key="more", **shared)
    found = sorted(lots(club, 1, programme="club"), key=lambda one: one.id)
    assert [(one.remaining, one.expires_at) for one in found] == [(100, after(30)), (50, after(900))]
    assert [one.reason for one in lot_changes(club, found[0].id)] == ["test", "given back"]
    assert check_ledger(club) == []


def test_a_gift_keeps_its_dates_and_comes_back_as_far_as_it_is_there(club: Tx) -> None:
    given = transfer_points(club, "club", 1, 2, 120, key="g", at=after(2)).confirmed()

    assert (given.available, spendable(club, 2), spendable(club, 2, who=2)) == (30, 30, 120)
    assert [(one.remaining, one.expires_at) for one in lots(club, 2, programme="club")] == [
        (100, after(10)), (20, after(900)),
    ]  # fmt: skip
    assert transfer_points(club, "club", 1, 2, 120, key="g", at=after(2)) == given
    assert "120 points came by a gift. In 2 lots" in statement(club, 2, programme="club").items[0].text
    spend(club, "club", 2, 30, key="s", at=after(3)).confirmed()
    assert reverse(club, "club", given.transfer_id, key="r", at=after(4), **BY).amount == 90
    assert (spendable(club, 4), spendable(club, 4, who=2), check_ledger(club)) == (120, 0, [])
    with pytest.raises(Invalid, match="somebody else"):
        transfer_points(club, "club", 1, 1, 1, key="self", at=after(5))
    open_club(club, no_tiers(), at=after(6), version=2)
    with pytest.raises(GiftsNotAllowed):
        transfer_points(club, "club", 1, 2, 1, key="no", at=after(7))


def test_a_list_of_writes_is_all_or_nothing_and_names_the_one_that_failed(club: Tx) -> None:
    held = place_hold(club, "club", 1, 100, key="h", at=after(2))
    paid = [
        Write(kind="capture", hold_id=held.hold_id, amount=60),
        Write(kind="gift", customer_id=1, to_customer=2, amount=20),
        Write(kind="adjust", customer_id=2, amount=5, reason="thanks"),
    ]
    at = after(2) + SOON

    failed = post_linked(club, "club", [*paid, Write(kind="spend", customer_id=2, amount=26)], key="l", at=at)
    done = post_linked(club, "club", paid, key="l-2", at=at)

    assert [one.outcome for one in failed.writes] == [
        "linked",
        "linked",
        "linked",
        "loyalty.insufficient_points",
    ]
    assert (failed.done, failed.failed, "25 spendable" in failed.writes[3].text) == (False, 3, True)
    assert [one.outcome for one in done.writes] == ["captured", "posted", "posted"]
    assert post_linked(club, "club", paid, key="l-2", at=at) == done
    with pytest.raises(KeyConflict, match="writes"):
        post_linked(club, "club", paid[:2], key="l-2", at=at)
    with pytest.raises(Invalid) as missing:
        post_linked(club, "club", [Write(kind="gift", customer_id=1, amount=1)], key="l-3", at=at)
    assert missing.value.findings[0].path == "writes[0].to_customer"
    assert (spendable(club, 3), spendable(club, 3, who=2), check_ledger(club)) == (70, 25, [])


def test_expired_points_come_back_into_their_lot_within_the_programmes_days(club: Tx) -> None:
    expire_due(club, after(11))
    receipt = reinstate(club, "club", 1, key="r", at=after(20), until=after(40), **BY).confirmed()

    assert (receipt.amount, receipt.available, spendable(club, 20)) == (100, 150, 150)
    assert reinstate(club, "club", 1, key="r", at=after(20), until=after(40), **BY) == receipt
    found = balance_as_of(club, 1, programme="club", booked_at=after(20))
    assert (found.active, found.expired, check_ledger(club)) == (150, 0, [])
    assert "100 points that had expired given back" in statement(club, 1, programme="club").items[0].text
    expire_due(club, after(41))
    with pytest.raises(NotReversible, match="last 30 days"):
        reinstate(club, "club", 1, key="late", at=after(75), until=after(80), **BY)
    with pytest.raises(Invalid, match="lies ahead"):
        move_ends(club, "club", to=after(75), at=after(75), **BY)


def test_closed_books_take_no_booking_and_late_orders_say_so(club: Tx) -> None:
    actor = access.add_person(
        club, access.SYSTEM, name="Fin", email="fin@example.invalid", level=4, function="finance", at=after(1)
    ).actor("console")
    closed = close_books(club, actor, "club", until=after(5), reason="January reported", at=after(6))

    put_sales(club, [Sale(position=1, customer=2, at=after(3), booked_at=after(4), minor=4000)])
    accrue(club, after=0, to=1)

    assert close_books(club, actor, "club", until=after(5), reason="again", at=after(7)) == closed
    with pytest.raises(BooksClosed):
        close_books(club, actor, "club", until=after(4), reason="earlier", at=after(7))
    with pytest.raises(Invalid):
        close_books(club, actor, "club", until=after(8), reason="ahead", at=after(7))
    assert balance_as_of(club, 2, programme="club", booked_at=after(4.9)).active == 0
    assert balance_known_now(club, 2, programme="club", occurred_at=after(3)).active == 40
    line = statement(club, 2, programme="club").items[0]
    assert (line.booked_at, "closed" in line.text) == (after(5), True)
    assert (closings(club, "club")[0].until, check_ledger(club)) == (after(5), [])
