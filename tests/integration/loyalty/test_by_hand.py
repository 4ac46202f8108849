"""Points given, taken, spent and undone by hand: foreseen, judged, posted once, audited."""

from dataclasses import replace

import pytest

from regulars import access, audit
from regulars.access import Actor, NeedsApproval, NotAllowed
from regulars.kernel import Invalid
from regulars.loyalty import (
    Deed,
    active_members,
    ask_by_hand,
    asked_by_hand,
    carry_out_by_hand,
    check_ledger,
    do_by_hand,
    enrol,
    foresee,
    health,
    holdings,
    member,
    roster,
    sources,
    statement,
    undoing,
)
from tests.integration.loyalty.books import START, after, open_club

GIVE = Deed(programme="club", customer_id=1, kind="give", amount=300, reason="goodwill", note="a long queue")


@pytest.fixture
def club(tx):
    open_club(tx)
    for customer in (1, 2, 3):
        enrol(tx, "club", customer, at=START)
    return tx


def agent(tx, level=3, function="service_agent"):
    found = access.add_person(
        tx,
        access.SYSTEM,
        name=f"Agent {level}",
        email=f"agent{level}@example.invalid",
        level=level,
        function=function,
        at=START,
    )
    return found.actor("console")


def active(tx):
    return member(tx, 1, programme="club", at=after(1)).balance.active


def test_what_is_foreseen_is_what_happens(club) -> None:
    lina = agent(club)

    seen = foresee(club, lina, GIVE, START)
    receipt = do_by_hand(club, lina, GIVE, key="k", at=START)

    assert dict(seen.facts)["Spendable afterwards"] == "300 points"
    assert (receipt.outcome, active(club)) == ("posted", 300)
    assert "Goodwill: a long queue" in statement(club, 1, programme="club").items[0].text


def test_the_same_key_posts_once_and_is_audited_once(club) -> None:
    lina = agent(club)

    receipts = {do_by_hand(club, lina, GIVE, key="k", at=START) for _ in range(3)}

    assert (len(receipts), active(club)) == (1, 300)
    assert len(audit.entries(club, action="loyalty.give").items) == 1


def test_a_spending_names_the_lots_that_pay_and_is_undone(club) -> None:
    lina = agent(club)
    do_by_hand(club, lina, GIVE, key="k", at=START)
    spending = replace(GIVE, kind="spend", amount=120, reason="reward")

    named = [
        label for label, _ in foresee(club, lina, spending, START).facts if label.startswith("From lot_")
    ]
    do_by_hand(club, lina, spending, key="s", at=START)
    line = statement(club, 1, programme="club").items[0]
    undo = undoing(club, "club", 1, line.transfer)
    assert "Given back" in dict(foresee(club, lina, undo, START).facts)
    do_by_hand(club, lina, undo, key="u", at=START)

    assert (len(named), active(club), check_ledger(club)) == (1, 300, [])
    assert statement(club, 1, programme="club").items[1].undone


def test_more_than_there_is_is_not_possible(club) -> None:
    seen = foresee(club, agent(club), replace(GIVE, kind="take"), START)

    assert (seen.possible, seen.warnings) == (
        False,
        ("Only 0 points can be spent; ask for no more than that.",),
    )


def test_above_the_level_others_decide_and_it_is_posted_once(club) -> None:
    lina, tariq = agent(club), agent(club, 5, "loyalty")
    large = replace(GIVE, amount=900)

    assert foresee(club, lina, large, START).decision.outcome == "request"
    with pytest.raises(NeedsApproval):
        do_by_hand(club, lina, large, key="k", at=START)
    asked = ask_by_hand(club, lina, large, key="k", at=START)
    assert ask_by_hand(club, lina, large, key="k", at=START) == asked
    assert [one.approval_id for one in asked_by_hand(club, "club", 1)] == [asked.approval_id]
    access.decide(club, tariq, asked.approval_id, "approve", at=START)
    for _ in range(2):
        carry_out_by_hand(club, lina, asked.approval_id, at=START)

    assert (active(club), asked_by_hand(club, "club", 1)) == (900, [])


def test_what_nobody_approved_is_not_carried_out(club) -> None:
    lina = agent(club)
    asked = ask_by_hand(club, lina, replace(GIVE, amount=900), key="k", at=START)

    with pytest.raises(access.ApprovalClosed):
        carry_out_by_hand(club, lina, asked.approval_id, at=START)


def test_other_functions_may_not(club) -> None:
    actor = Actor(person_id=None, name="Nora", level=4, function="marketing", scope=None, via="console")

    with pytest.raises(NotAllowed):
        do_by_hand(club, actor, GIVE, key="k", at=START)


def test_a_deed_without_amount_and_reason_is_refused_at_both(club) -> None:
    with pytest.raises(Invalid) as caught:
        foresee(club, agent(club), replace(GIVE, amount=0, reason="because"), START)

    assert [finding.path for finding in caught.value.findings] == ["amount", "reason"]


def test_the_numbers_of_a_member_add_up(club) -> None:
    lina = agent(club)
    do_by_hand(club, lina, GIVE, key="k", at=START)
    do_by_hand(club, lina, replace(GIVE, kind="spend", amount=50), key="s", at=START)
    do_by_hand(club, lina, replace(GIVE, kind="take", amount=20), key="t", at=START)

    came, b = sources(club, 1, programme="club"), member(club, 1, programme="club", at=after(1)).balance

    assert (came.received, came.taken) == (300, 20)
    assert came.received == b.active + b.pending + b.spent + b.expired + came.taken - b.owed


def test_members_are_listed_by_pages_tier_and_customer(club) -> None:
    first = roster(club, "club", limit=2)
    rest = roster(club, "club", limit=2, cursor=first.next)

    assert [line.customer_id for line in (*first.items, *rest.items)] == [3, 2, 1]
    assert roster(club, "club", tier=2).items == ()
    assert [line.customer_id for line in roster(club, "club", customer_ids=[2, 9]).items] == [2]


def test_health_counts_who_takes_part_and_what_broke(club) -> None:
    lina = agent(club)
    do_by_hand(club, lina, GIVE, key="k", at=START)
    do_by_hand(club, lina, replace(GIVE, kind="spend", amount=50), key="s", at=START)

    early, late = health(club, "club", after(1)), health(club, "club", after(400))

    assert (early.redeeming_members, early.breakage) == (1, None)
    assert [active_members(club, "club", after(days)) for days in (1, 400)] == [1, 0]
    assert late.breakage == 0.0
    assert [holdings(club, "club", START).members, holdings(club, "club", START).active] == [3, 250]
