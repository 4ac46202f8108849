"""Points for rewards on a real database: redeemed, refused, handed over, taken back, by themselves."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from regulars import access, loyalty, offers, rewards
from regulars.db import Database, Tx
from regulars.kernel import Invalid
from regulars.log import Span
from tests.integration.rewards.catalogue import (
    ADA,
    CASHIER,
    CLUB,
    MARKETER,
    a_member,
    a_pool,
    after,
    changed,
    give,
    offer,
    open_club,
)


def reasons(found: rewards.Redeemed | rewards.Choice) -> list[str]:
    return [one.code for one in found.reasons]


def points(tx: Tx, customer: int = 7) -> int:
    found = loyalty.member(tx, customer, programme="club", at=after(50))
    assert found is not None
    return found.spendable


def test_a_reward_takes_points_and_stock_and_hands_out_a_code_once(tx: Tx) -> None:
    open_club(tx)
    a_member(tx, 7, 1000)
    a_pool(tx)
    offer(tx, "voucher", fulfilment="code", pool="five", cost="5.00", money="USD", counted=True)
    rewards.change_stock(tx, "voucher", 2, reason="Printed", actor="Ada", at=after(1))

    first = rewards.redeem(tx, CASHIER, "club", "voucher", 7, key="a", at=after(2)).confirmed()
    again = rewards.redeem(tx, CASHIER, "club", "voucher", 7, key="a", at=after(3))

    assert again == first
    assert first.redemption_id is not None
    made = rewards.redemption(tx, first.redemption_id)
    assert (made.state, made.points, made.cost_minor, made.actor) == ("handed_over", 200, 500, "Cem")
    assert points(tx) == 800
    assert rewards.reward(tx, "voucher").stock == 1
    assert made.code_id is not None
    assert offers.wallet(tx, 7)[0].id == made.code_id
    with pytest.raises(rewards.KeyConflict, match="another reward"):
        rewards.redeem(tx, CASHIER, "club", "mug", 7, key="a", at=after(3))
    with pytest.raises(rewards.UnknownReward):
        rewards.redeem(tx, CASHIER, "club", "mug", 7, key="b", at=after(3))
    with pytest.raises(access.NotAllowed, match="Only"):
        rewards.redeem(tx, MARKETER, "club", "voucher", 7, key="c", at=after(3))

    back = rewards.cancel(tx, ADA, made.id, at=after(4), note="Wrong one")
    assert rewards.cancel(tx, ADA, made.id, at=after(5)).changed_at == back.changed_at
    assert points(tx) == 1000
    assert rewards.reward(tx, "voucher").stock == 2
    assert offers.code(tx, made.code_id).state == "cancelled"
    assert [one.state for one in rewards.steps(tx, made.id)] == ["handed_over", "cancelled"]
    assert loyalty.check_ledger(tx) == []
    deeds = [row[0] for row in tx.execute("select action from audit.entry order by entry_id").fetchall()]
    assert deeds == ["rewards.redeem", "rewards.cancel"]


def test_a_code_that_was_used_is_not_taken_back(tx: Tx) -> None:
    open_club(tx)
    a_member(tx, 7, 1000)
    a_pool(tx)
    offer(tx, "voucher", fulfilment="code", pool="five")
    made = rewards.redeem(tx, None, "club", "voucher", 7, key="a", at=after(2)).confirmed()
    assert made.redemption_id is not None
    offers.redeem(tx, offers.wallet(tx, 7)[0].code, 7, 2000, key="u", at=after(3)).confirmed()

    with pytest.raises(offers.NotUsable, match="was used"):
        rewards.cancel(tx, ADA, made.redemption_id, at=after(4))


def test_the_catalogue_says_the_price_for_a_member_and_every_reason_why_not(tx: Tx) -> None:
    open_club(tx)
    a_member(tx, 7, 1000)
    tiers = [tier.name for tier in CLUB.tier_set.tiers] if CLUB.tier_set else []
    first, best = f"club/{tiers[0]}", f"club/{tiers[-1]}"
    assert CLUB.tier_set is not None
    first, best = (f"{CLUB.tier_set.key}/{name}" for name in (tiers[0], tiers[-1]))
    offer(tx, "cheap", tier_prices=(rewards.TierPrice(tier=first, points=150),), per_member=1)
    offer(tx, "dear", points=5000)
    offer(tx, "late", valid_from=after(90), counted=True)
    offer(tx, "gold", least_tier=best, valid_until=after(1))
    a_pool(tx, "empty", own_codes=True)
    offer(tx, "code", fulfilment="code", pool="empty")

    found = {one.reward.key: one for one in rewards.choices(tx, "club", 7, at=after(2))}
    nobody = {one.reward.key: one for one in rewards.choices(tx, "club", 7, at=after(2))}
    rewards.redeem(tx, None, "club", "cheap", 7, key="a", at=after(2)).confirmed()

    assert (found["cheap"].points, found["cheap"].reasons) == (150, ())
    assert reasons(found["dear"]) == ["insufficient_points"]
    assert reasons(found["late"]) == ["not_yet", "out_of_stock"]
    assert reasons(found["gold"]) == ["over", "tier"]
    assert nobody.keys() == found.keys()
    refused = rewards.redeem(tx, None, "club", "cheap", 7, key="b", at=after(3))
    assert reasons(refused) == ["member_limit"]
    assert reasons(rewards.redeem(tx, None, "club", "code", 7, key="c", at=after(3))) == ["out_of_codes"]
    assert reasons(rewards.redeem(tx, None, "club", "dear", 7, key="d", at=after(3))) == [
        "insufficient_points"
    ]
    with pytest.raises(rewards.NotRedeemable, match="850 can be spent"):
        rewards.redeem(tx, None, "club", "dear", 7, key="d", at=after(3)).confirmed()
    assert points(tx) == 850


def test_a_reward_goes_its_way_step_by_step_and_never_backwards(tx: Tx) -> None:
    open_club(tx)
    a_member(tx, 7, 1000)
    offer(tx, "box", fulfilment="shipped")
    made = rewards.redeem(tx, None, "club", "box", 7, key="a", at=after(2)).confirmed()
    assert made.redemption_id is not None

    assert (
        rewards.set_state(tx, CASHIER, made.redemption_id, "sent", at=after(3), note="DHL 1").state == "sent"
    )
    assert rewards.set_state(tx, CASHIER, made.redemption_id, "sent", at=after(4)).changed_at == after(3)
    with pytest.raises(rewards.WrongStep, match="what is left is handed over"):
        rewards.set_state(tx, CASHIER, made.redemption_id, "ready", at=after(4))
    with pytest.raises(Invalid, match="A state is one of"):
        rewards.set_state(tx, CASHIER, made.redemption_id, "lost", at=after(4))
    with pytest.raises(access.NotAllowed):
        rewards.set_state(tx, CASHIER, made.redemption_id, "cancelled", at=after(4))
    assert [one.id for one in rewards.redemptions(tx, state="open").items] == [made.redemption_id]
    rewards.set_state(tx, CASHIER, made.redemption_id, "handed_over", at=after(5))
    assert rewards.redemptions(tx, state="open").items == ()


def test_stock_changes_are_kept_and_never_below_nothing(tx: Tx) -> None:
    open_club(tx)
    offer(tx, "mug", counted=True, low_stock=5)

    assert rewards.change_stock(tx, "mug", 10, reason="Delivered", actor="Ada", at=after(1)) == 10
    assert rewards.change_stock(tx, "mug", -6, reason="Broken", actor="Ada", at=after(2)) == 4
    with pytest.raises(rewards.NotInStock, match="4 are there"):
        rewards.change_stock(tx, "mug", -5, reason="Broken", actor="Ada", at=after(2))
    with pytest.raises(Invalid):
        rewards.change_stock(tx, "mug", 0, reason=" ", actor="Ada", at=after(2))
    assert rewards.reward(tx, "mug").is_low
    assert [one.amount for one in rewards.stock_changes(tx, rewards.reward(tx, "mug").id)] == [-6, 10]


def test_a_programme_redeems_by_itself_as_often_as_the_points_allow(tx: Tx) -> None:
    open_club(tx, changed(auto_reward=loyalty.AutoReward(reward="voucher")))
    a_pool(tx)
    offer(tx, "voucher", fulfilment="code", pool="five")
    a_member(tx, 7, 650)
    a_member(tx, 8, 150)

    assert rewards.catch_up(tx, after(2)) == 3
    assert rewards.catch_up(tx, after(2)) == 0
    give(tx, 8, 100, at=after(3))
    assert rewards.catch_up(tx, after(4)) == 1
    rewards.READER.apply(tx, Span(after=0, to=10, booked_at=after(4)))

    assert (points(tx, 7), points(tx, 8)) == (50, 50)
    assert [len(offers.wallet(tx, one)) for one in (7, 8)] == [3, 1]
    assert all(one.automatic for one in rewards.redemptions_of(tx, 7))


def test_what_is_held_is_confirmed_or_comes_back(tx: Tx) -> None:
    open_club(tx)
    a_member(tx, 7, 500)
    offer(tx, "mug", counted=True, hold_minutes=30)
    rewards.change_stock(tx, "mug", 3, reason="Delivered", actor="Ada", at=after(1))

    one, two, three = (
        rewards.reserve(tx, CASHIER, "club", "mug", 7, key=f"r{n}", at=after(2)) for n in range(3)
    )

    assert reasons(three) == ["insufficient_points"]
    assert one.redemption_id is not None
    assert two.redemption_id is not None
    confirmed = rewards.confirm(tx, CASHIER, one.redemption_id, at=after(2))
    assert rewards.confirm(tx, CASHIER, one.redemption_id, at=after(3)) == confirmed
    with pytest.raises(rewards.NotRedeemable, match="held until"):
        rewards.confirm(tx, CASHIER, two.redemption_id, at=after(3))
    assert rewards.lapse_due(tx, after(3)) == 1
    assert rewards.lapse_due(tx, after(3)) == 0
    assert points(tx) == 300
    assert rewards.reward(tx, "mug").stock == 2
    voided = rewards.reserve(tx, CASHIER, "club", "mug", 7, key="r4", at=after(4))
    assert voided.redemption_id is not None
    rewards.cancel(tx, ADA, voided.redemption_id, at=after(4))
    assert points(tx) == 300
    assert loyalty.check_ledger(tx) == []
    # Whoever comes when all are held for too long does not wait for the night.
    rewards.change_stock(tx, "mug", -1, reason="Broken", actor="Ada", at=after(5))
    assert rewards.reserve(tx, CASHIER, "club", "mug", 7, key="r5", at=after(5)).redemption_id
    assert rewards.reward(tx, "mug").stock == 0
    assert rewards.redeem(tx, CASHIER, "club", "mug", 7, key="r6", at=after(6)).redemption_id


def test_what_costs_nothing_in_a_tier_is_held_and_confirmed_without_points(tx: Tx) -> None:
    open_club(tx)
    a_member(tx, 7, 10)
    assert CLUB.tier_set is not None
    free = rewards.TierPrice(tier=f"{CLUB.tier_set.key}/{CLUB.tier_set.tiers[0].name}", points=0)
    offer(tx, "mug", tier_prices=(free,))

    made = rewards.reserve(tx, CASHIER, "club", "mug", 7, key="r", at=after(2))

    assert made.redemption_id is not None
    assert rewards.confirm(tx, CASHIER, made.redemption_id, at=after(2)).state == "handed_over"
    assert points(tx) == 10


def test_the_last_one_goes_to_one_of_many_and_nobody_pays_for_nothing(database: Database) -> None:
    with database.transaction() as tx:
        open_club(tx)
        for member in range(1, 17):
            a_member(tx, member, 200)
        offer(tx, "last", counted=True, per_member=1)
        rewards.change_stock(tx, "last", 1, reason="Delivered", actor="Ada", at=after(1))

    def asked(n: int) -> rewards.Redeemed:
        with database.connect() as own:
            found = rewards.redeem(own, None, "club", "last", 1 + n % 16, key=f"k{n}", at=after(2))
            own.commit()
            return found

    with ThreadPoolExecutor(64) as pool:
        found = list(pool.map(asked, range(64)))

    assert len([one for one in found if not one.reasons]) == 1
    with database.transaction() as tx:
        assert sum(points(tx, member) for member in range(1, 17)) == 15 * 200
        assert rewards.reward(tx, "last").stock == 0
        assert loyalty.check_ledger(tx) == []
