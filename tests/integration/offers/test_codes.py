"""The life of a code on a real database: made, handed out, checked, used, given back, ended."""

from time import monotonic

import pytest
from psycopg.errors import IntegrityError

from regulars import customers, offers
from regulars.conditions import TraitEquals
from regulars.db import Database, Tx
from regulars.kernel import Invalid
from tests.integration.offers.pools import CARD, after, open_pool
from tests.integration.people import know, regroup


def codes_of(found: offers.Used | offers.Checked) -> list[str]:
    return [one.code for one in found.reasons]


def asked(amount: int | None = None, **more: object) -> offers.Asked:
    return offers.Asked(amount_minor=amount, **more)


def test_a_hundred_thousand_codes_are_made_at_once_and_once(tx: Tx) -> None:
    open_pool(tx)
    offers.generate(tx, "five", 1, key="warm", at=after())

    began = monotonic()
    assert offers.generate(tx, "five", 100_000, key="batch", at=after()) == 100_000
    took_s = monotonic() - began
    assert offers.generate(tx, "five", 100_000, key="batch", at=after()) == 100_000

    counted = tx.execute("select count(*), count(distinct bare) from offers.code").fetchone()
    assert counted == (100_001, 100_001)
    assert took_s < 12  # About 2 s where nothing else runs; see bench/coding.py.


def test_a_code_is_found_however_it_is_typed_and_never_when_mistyped(tx: Tx) -> None:
    open_pool(tx)
    code = offers.issue(tx, "five", None, key="a", at=after())
    again = offers.issue(tx, "five", None, key="a", at=after(1))
    other = offers.issue(tx, "five", None, key="b", at=after())

    assert again == code
    assert other.code != code.code
    assert offers.find(tx, f"  {code.code.lower().replace('-', ' ')} ") == code
    with pytest.raises(offers.UnknownCode, match="a sign is wrong"):
        offers.find(tx, code.code[:-1] + ("3" if code.code[-1] == "2" else "2"))
    with pytest.raises(offers.KeyConflict, match="another pool"):
        offers.issue(tx, "six", None, key="a", at=after())
    with pytest.raises(offers.UnknownPool):
        offers.issue(tx, "six", None, key="c", at=after())
    offers.generate(tx, "five", 3, key="stock", at=after())
    waiting = offers.codes(tx, pool="five", state="free").items[0]
    with pytest.raises(offers.UnknownCode, match="no such code"):
        offers.find(tx, waiting.code)


def test_codes_of_ones_own_are_unique_for_ever_and_run_out(tx: Tx) -> None:
    open_pool(tx, "own", own_codes=True)
    open_pool(tx, "other", own_codes=True)

    first = offers.upload(tx, "own", ["SPRING-2025-AA", "spring 2025 bb", "K-12345"], at=after())
    second = offers.upload(tx, "other", ["Spring2025AA", "K-99999"], at=after())

    assert (first.added, first.repeated, first.weak) == (3, 0, 1)
    assert (second.added, second.repeated) == (1, 1)
    taken = {offers.issue(tx, "own", None, key=f"k{n}", at=after()).bare for n in range(3)}
    assert taken == {"SPRING2025AA", "SPRING2025BB", "K12345"}
    with pytest.raises(offers.NoCodesLeft):
        offers.issue(tx, "own", None, key="k4", at=after())
    with pytest.raises(Invalid, match="no code"):
        offers.upload(tx, "own", ["fine-one-23", "é" * 12], at=after())
    with pytest.raises(Invalid):
        offers.generate(tx, "own", 5, key="g", at=after())


def test_a_use_says_every_reason_why_not_and_is_given_back_once(tx: Tx) -> None:
    know(tx, [7, 8])
    open_pool(tx, least_order="20.00", stores=("north",), valid_days=30, uses_per_customer=1)
    code = offers.issue(tx, "five", 7, key="i", at=after())

    refused = offers.validate(tx, code.code, asked(1000, customer_id=8, currency="EUR"), at=after(40))
    fine = offers.validate(tx, code.code, asked(2500, customer_id=7, store="north"), at=after(1))
    place = {"order_key": "o-1", "store": "north"}
    used = offers.redeem(tx, code.code, 7, 2500, key="u", at=after(1), **place)
    again = offers.redeem(tx, code.code, 7, 2500, key="u", at=after(2), **place)
    twice = offers.redeem(tx, code.code, 7, 2500, key="v", at=after(2), **place)

    assert set(codes_of(refused)) == {
        "expired", "order_too_small", "other_store", "other_currency", "not_theirs",
    }  # fmt: skip
    assert fine.usable
    assert (fine.given_minor, used.given_minor, used.reasons) == (500, 500, ())
    assert again == used
    assert set(codes_of(twice)) == {"used_up", "customer_limit"}
    with pytest.raises(offers.NotUsable, match="was used"):
        twice.confirmed()
    with pytest.raises(offers.KeyConflict, match="another amount"):
        offers.redeem(tx, code.code, 7, 2600, key="u", at=after(2), **place)
    with pytest.raises(offers.NotUsable, match="give the use back first"):
        offers.withdraw(tx, code.id, at=after(2))
    assert used.use_id is not None
    back = offers.cancel_redemption(tx, used.use_id, key="c", at=after(3))
    assert back.whole
    assert offers.cancel_redemption(tx, used.use_id, key="c", at=after(3)) == back
    assert offers.cancel_redemption(tx, used.use_id, key="d", at=after(4)).whole
    assert offers.code(tx, code.id).used == 0
    assert not offers.redeem(tx, code.code, 7, 2500, key="w", at=after(5), **place).reasons
    names = [row[0] for row in tx.execute("select name from log.inbox order by occurred_at").fetchall()]
    assert [name.removeprefix("regulars.offers.code_") for name in names] == [
        "issued", "redeemed", "cancelled", "redeemed",
    ]  # fmt: skip


def test_limits_of_a_pool_hold_over_all_codes_also_when_they_come_later(tx: Tx) -> None:
    open_pool(tx)
    codes = [offers.issue(tx, "five", None, key=f"i{n}", at=after()).code for n in range(8)]
    for n in range(2):
        offers.redeem(tx, codes[n], None, 2000, key=f"u{n}", at=after(0.1)).confirmed()

    open_pool(tx, version=2, uses=4, budget="18.00", caps=(offers.UseCap(uses=3, per="day"),))

    third = offers.redeem(tx, codes[2], None, 400, key="u2", at=after(0.2)).confirmed()
    day_full = offers.redeem(tx, codes[3], None, 400, key="u3", at=after(0.3))
    over_budget = offers.redeem(tx, codes[3], None, 900, key="u4", at=after(1.1))
    fourth = offers.redeem(tx, codes[4], None, 300, key="u5", at=after(1.2)).confirmed()
    full = offers.redeem(tx, codes[5], None, 100, key="u6", at=after(2))

    assert (third.given_minor, fourth.given_minor) == (400, 300)
    assert codes_of(day_full) == ["pool_limit"]
    assert codes_of(over_budget) == ["budget"]
    assert codes_of(full) == ["pool_limit"]
    assert fourth.use_id is not None
    offers.cancel_redemption(tx, fourth.use_id, key="c", at=after(2))
    assert not offers.redeem(tx, codes[5], None, 100, key="u7", at=after(2)).reasons


def test_per_cent_is_rounded_half_up_and_never_above_its_most(tx: Tx) -> None:
    worth = offers.Worth(kind="percent_off", percent="12.5", most="20.00")
    open_pool(tx, "tenth", worth=worth, uses_per_code=None)
    code = offers.issue(tx, "tenth", None, key="i", at=after()).code

    given = [offers.validate(tx, code, asked(minor), at=after()).given_minor for minor in (420, 100_000, 0)]

    assert given == [53, 2000, 0]  # 52.5 cents are 53.
    assert codes_of(offers.validate(tx, code, asked(), at=after())) == ["amount_needed"]


def test_a_reservation_keeps_a_use_for_whom_it_is_and_times_out(tx: Tx) -> None:
    know(tx, [7, 8])
    open_pool(tx, reserve_minutes=30)
    code = offers.issue(tx, "five", None, key="i", at=after()).code

    kept = offers.reserve(tx, code, 7, key="r", at=after())
    assert offers.reserve(tx, code, 7, key="r", at=after()) == kept
    assert codes_of(offers.reserve(tx, code, 8, key="s", at=after())) == ["reserved"]
    assert codes_of(offers.redeem(tx, code, 8, key="u", at=after())) == ["reserved"]
    assert kept.reservation_id is not None
    assert offers.release(tx, kept.reservation_id, at=after()).state == "released"
    assert offers.release(tx, kept.reservation_id, at=after()).state == "released"
    later = offers.reserve(tx, code, 8, key="t", at=after())
    assert offers.validate(
        tx, code, asked(customer_id=7), at=after(1)
    ).reasons  # Until somebody looks closer.
    offers.expire_due(tx, after(1))
    mine = offers.reserve(tx, code, 7, key="x", at=after(1)).confirmed()
    used = offers.redeem(tx, code, 7, key="y", at=after(1)).confirmed()
    states = [one.state for one in offers.history(tx, used.code_id).reservations]
    assert later.reservation_id is not None
    assert mine.reservation_id is not None
    assert states == ["used", "expired", "released"]
    with pytest.raises(offers.NotUsable, match="give the use back"):
        offers.release(tx, mine.reservation_id, at=after(1))


def test_a_gift_card_pays_until_it_is_empty_and_every_cent_is_accounted_for(tx: Tx) -> None:
    know(tx, [7])
    open_pool(tx, "card", worth=CARD, uses_per_code=None, valid_days=100)
    card = offers.issue(tx, "card", 7, key="i", at=after())

    first = offers.redeem(tx, card.code, 7, 3000, key="u1", at=after(1)).confirmed()
    too_much = offers.redeem(tx, card.code, 7, 2500, key="u2", at=after(2))
    rest = offers.redeem(tx, card.code, 7, 2500, key="u3", at=after(2), up_to=True).confirmed()
    empty = offers.redeem(tx, card.code, 7, 1, key="u4", at=after(2))

    assert (first.balance_minor, rest.given_minor, rest.balance_minor) == (2000, 2000, 0)
    assert codes_of(too_much) == ["balance"]
    assert codes_of(empty) == ["empty"]
    assert first.use_id is not None
    part = offers.cancel_redemption(tx, first.use_id, key="c1", at=after(3), amount_minor=1000)
    assert (part.whole, part.given_back_minor) == (False, 1000)
    with pytest.raises(Invalid, match=r"20\.00 USD is left"):
        offers.cancel_redemption(tx, first.use_id, key="c2", at=after(3), amount_minor=2001)
    assert offers.code(tx, card.id).balance_minor == 1000
    assert offers.expire_due(tx, after(101)) == 1
    assert offers.expire_due(tx, after(102)) == 0
    # What is returned after the card ended is on it again, and ends with the next run.
    offers.cancel_redemption(tx, first.use_id, key="c3", at=after(103))
    assert offers.code(tx, card.id).balance_minor == 2000
    assert offers.expire_due(tx, after(104)) == 1
    owed = offers.liability(tx, after(200))[0]
    assert (owed.loaded_minor, owed.paid_minor, owed.refunded_minor, owed.expired_minor, owed.owed_minor) == (
        5000, 5000, 3000, 3000, 0,
    )  # fmt: skip
    assert offers.liability(tx, after(3))[0].owed_minor == 1000
    moves = offers.history(tx, card.id).movements
    assert [one.kind for one in reversed(moves)] == [
        "load", "pay", "pay", "refund", "expire", "refund", "expire",
    ]  # fmt: skip


def test_movements_of_gift_cards_are_never_changed(tx: Tx) -> None:
    open_pool(tx, "card", worth=CARD, uses_per_code=None)
    offers.issue(tx, "card", None, key="i", at=after())

    with pytest.raises(IntegrityError, match="never changed"):
        tx.execute("update offers.movement set amount_minor = 1")


def test_codes_follow_the_person_when_profiles_merge_and_leave_again(database: Database) -> None:
    with database.transaction() as tx:
        know(tx, [7, 8])
        open_pool(tx, uses_per_customer=1, uses_per_code=None)
        code = offers.issue(tx, "five", 8, key="i", at=after())
        offers.redeem(tx, code.code, 8, key="u", at=after()).confirmed()
        assert codes_of(offers.validate(tx, code.code, asked(customer_id=7), at=after())) == ["not_theirs"]
    with database.transaction() as tx:
        regroup(tx, {8: 7}, [])
    with database.transaction() as tx:
        assert [one.id for one in offers.wallet(tx, 7)] == [code.id]
        found = offers.validate(tx, code.code, asked(customer_id=7), at=after())
        assert codes_of(found) == ["customer_limit"]
    with database.transaction() as tx:
        regroup(tx, {8: 8}, [])
    with database.transaction() as tx:
        assert offers.wallet(tx, 7) == []


def test_a_pool_for_some_is_handed_out_to_them_only_and_erasing_leaves_the_books(tx: Tx) -> None:
    know(tx, [7, 8])
    tx.execute('update customers.customer set traits = \'{"city": "Ulm"}\' where customer_id = 7')
    open_pool(tx, who=TraitEquals(trait="city", value="Ulm"))

    code = offers.issue(tx, "five", 7, key="ann@example.com/1", at=after())
    with pytest.raises(offers.NotUsable, match="not for cus_8"):
        offers.issue(tx, "five", 8, key="j", at=after())
    offers.redeem(tx, code.code, 7, key="u", at=after(), order_key="ann@example.com-9").confirmed()

    assert len(dict(offers.held(tx, [7], []))["Voucher codes"]) == 1
    erased = offers.erase(tx, [7], ["ann@example.com"])
    assert (erased["offers.caller_key"], erased["offers.use"]) == (2, 1)
    assert sum(offers.erase(tx, [7], ["ann@example.com"]).values()) == 0
    assert offers.history(tx, code.id).uses[0].order_key == "erased"
    assert customers.atoms(tx, 7) == [7]
