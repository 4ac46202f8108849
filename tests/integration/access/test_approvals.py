"""Approvals: asked above one's level, decided by others, once, before they expire."""

import threading
from datetime import timedelta

import pytest

from regulars import access, audit
from regulars.access import (
    AlreadyAsked,
    AlreadyDecided,
    ApprovalClosed,
    NotAllowed,
    OwnRequest,
    UnknownApproval,
)
from tests.integration.access.factory import AT, DAY, PREVIEW, ask, hire


def decide(tx, actor, asked, verdict="approve", *, at=AT, comment=""):
    return access.decide(tx, actor, asked.approval_id, verdict, comment=comment, at=at)


def waiting(tx, actor, at=AT):
    return [one.approval_id for one in access.pending_for(tx, actor, at)]


def test_a_launch_above_ones_level_becomes_a_request_that_shows_what_will_happen(tx):
    ann = hire(tx, "Ann", 3)

    asked = ask(tx, ann, scope="north", amount=6020)

    assert (asked.state, asked.needed_level, asked.people_needed) == ("pending", 4, 1)
    assert (asked.subject_kind, asked.subject, asked.version, asked.amount) == ("campaign", "spring", 1, 6020)
    assert (asked.requested_by_name, asked.reason, asked.preview) == ("Ann", "It is spring", PREVIEW)
    assert (asked.deed, asked.needed_words) == ("launch campaigns", "somebody who enables")
    assert asked.expires_at == AT + 7 * DAY


def test_approved_by_who_enables_and_then_done(tx):
    ann, bob = hire(tx, "Ann", 3), hire(tx, "Bob", 4)
    asked = ask(tx, ann)

    approved = decide(tx, bob, asked, comment="Good")
    done = access.mark_done(tx, access.SYSTEM, asked.approval_id, at=AT + DAY)

    assert (approved.state, approved.approvals, approved.closed_at) == ("approved", 1, AT)
    assert (done.state, done.done_at) == ("done", AT + DAY)
    assert access.mark_done(tx, access.SYSTEM, asked.approval_id, at=AT + 2 * DAY) == done
    (verdict,) = access.verdicts(tx, asked.approval_id)
    assert (verdict.person_name, verdict.authority_name, verdict.comment) == ("Bob", "Bob", "Good")


def test_one_no_is_enough(tx):
    ann, bob = hire(tx, "Ann", 3), hire(tx, "Bob", 4)
    asked = ask(tx, ann, amount=2_000_000)

    assert decide(tx, bob, asked, "decline", comment="Too dear").state == "declined"
    with pytest.raises(ApprovalClosed, match="declined"):
        decide(tx, hire(tx, "Cy", 5), asked)
    with pytest.raises(ApprovalClosed, match="declined"):
        access.mark_done(tx, access.SYSTEM, asked.approval_id, at=AT)


@pytest.mark.parametrize(
    ("level", "function", "scope"),
    [(3, "marketing", None), (7, "analysis", None), (7, "administration", None), (5, "marketing", "south")],
)
def test_who_could_not_do_it_does_not_decide_it(tx, level, function, scope):
    asked = ask(tx, hire(tx, "Ann", 3), scope="north")
    other = hire(tx, "Other", level, function, scope)

    assert waiting(tx, other) == []
    with pytest.raises(NotAllowed, match="somebody who enables"):
        decide(tx, other, asked)


def test_nobody_decides_their_own_request(tx):
    dan = hire(tx, "Dan", 6)
    asked = ask(tx, dan)

    assert waiting(tx, dan) == []
    with pytest.raises(OwnRequest):
        decide(tx, dan, asked)


def test_nobody_decides_their_own_request_through_a_deputy_either(tx):
    dan, eve = hire(tx, "Dan", 6), hire(tx, "Eve", 3)
    access.set_deputy(tx, dan, dan.person_id, eve.person_id, ends_at=AT + DAY, at=AT)
    asked = ask(tx, dan)

    assert waiting(tx, eve) == []
    with pytest.raises(NotAllowed):
        decide(tx, eve, asked)


def test_a_key_and_the_product_decide_nothing(tx):
    asked = ask(tx, hire(tx, "Ann", 3))
    boss = hire(tx, "Boss", 7, "administration")
    made = access.make_key(tx, boss, name="bot", level=7, function="marketing", at=AT)

    for program in (made.key.actor(), access.SYSTEM):
        assert waiting(tx, program) == []
        with pytest.raises(NotAllowed, match="by a person"):
            decide(tx, program, asked)


def test_who_made_a_key_does_not_decide_what_it_asks(tx):
    boss = hire(tx, "Boss", 7, "administration")
    made = access.make_key(tx, boss, name="bot", level=3, function="marketing", at=AT)

    asked = ask(tx, made.key.actor())

    assert (asked.requested_by, asked.requested_via) == (boss.person_id, made.key.public_id)
    with pytest.raises(OwnRequest):
        decide(tx, boss, asked)


def test_in_solo_one_looks_a_second_time_at_ones_own(tx):
    boss = hire(tx, "Boss", 7, "administration")
    access.set_solo(tx, boss, True, at=AT)
    boss = access.actor_of(tx, boss.person_id, "console")

    asked = ask(tx, boss, amount=2_000_000)

    assert waiting(tx, boss) == [asked.approval_id]
    assert decide(tx, boss, asked).state == "approved"


def test_what_two_asked_for_before_solo_is_decided_by_one_after(tx):
    ann = hire(tx, "Ann", 3)
    asked = ask(tx, ann, amount=2_000_000)
    assert asked.people_needed == 2
    access.set_solo(tx, access.SYSTEM, True, at=AT)

    assert decide(tx, ann, asked).state == "approved"


def test_much_money_takes_two_different_people(tx):
    ann, bob, cy = hire(tx, "Ann", 3), hire(tx, "Bob", 4), hire(tx, "Cy", 7)
    asked = ask(tx, ann, amount=1_000_001)

    assert decide(tx, bob, asked).state == "pending"
    assert decide(tx, bob, asked).approvals == 1
    assert (waiting(tx, bob), waiting(tx, cy)) == ([], [asked.approval_id])
    assert decide(tx, cy, asked).state == "approved"


def test_who_could_do_it_alone_is_the_first_of_the_two(tx):
    cy, bob = hire(tx, "Cy", 7), hire(tx, "Bob", 4)

    asked = ask(tx, cy, amount=1_000_001)

    assert asked.people_needed == 1
    with pytest.raises(OwnRequest):
        decide(tx, cy, asked)
    assert decide(tx, bob, asked).state == "approved"


def test_a_deputy_stands_in_for_its_time_and_that_is_recorded(tx):
    ann, bob, dep = hire(tx, "Ann", 3), hire(tx, "Bob", 4), hire(tx, "Dep", 3, "analysis")
    access.set_deputy(tx, bob, bob.person_id, dep.person_id, starts_at=AT + DAY, ends_at=AT + 2 * DAY, at=AT)
    asked = ask(tx, ann)

    with pytest.raises(NotAllowed):
        decide(tx, dep, asked, at=AT)
    assert waiting(tx, dep, AT + DAY) == [asked.approval_id]
    approved = decide(tx, dep, asked, at=AT + DAY)

    assert approved.state == "approved"
    (verdict,) = access.verdicts(tx, asked.approval_id)
    assert (verdict.person_name, verdict.authority_name) == ("Dep", "Bob")
    entry = audit.entries(tx, action="approvals.approve").items[0]
    assert entry.after["for"] == access.person(tx, bob.person_id).public_id


def test_one_authority_counts_once_though_it_speaks_through_two(tx):
    ann, bob, dep = hire(tx, "Ann", 3), hire(tx, "Bob", 4), hire(tx, "Dep", 3)
    access.set_deputy(tx, bob, bob.person_id, dep.person_id, ends_at=AT + DAY, at=AT)
    asked = ask(tx, ann, amount=1_000_001)

    decide(tx, bob, asked)

    assert waiting(tx, dep) == []
    with pytest.raises(NotAllowed):
        decide(tx, dep, asked)


def test_a_verdict_stands(tx):
    ann, bob = hire(tx, "Ann", 3), hire(tx, "Bob", 4)
    asked = ask(tx, ann)
    approved = decide(tx, bob, asked)

    assert decide(tx, bob, asked, at=AT + 30 * DAY) == approved
    with pytest.raises(AlreadyDecided):
        decide(tx, bob, asked, "decline")
    assert len(audit.entries(tx, action="approvals.approve").items) == 1


def test_the_same_version_is_asked_for_once(tx):
    ann, eve = hire(tx, "Ann", 3), hire(tx, "Eve", 3)
    asked = ask(tx, ann)

    assert ask(tx, ann) == asked
    with pytest.raises(AlreadyAsked, match="Ann has asked"):
        ask(tx, eve)
    assert ask(tx, eve, version=2).approval_id != asked.approval_id
    adjust = {"action": "loyalty.adjust", "subject_kind": "customer", "subject": "cus_1", "version": None}
    agent = hire(tx, "Gus", 3, "service_agent")
    first = ask(tx, agent, amount=600, **adjust)
    assert ask(tx, agent, amount=600, **adjust).approval_id != first.approval_id


def test_what_was_declined_may_be_asked_for_again(tx):
    ann, bob = hire(tx, "Ann", 3), hire(tx, "Bob", 4)
    first = ask(tx, ann)
    decide(tx, bob, first, "decline")

    assert ask(tx, ann).state == "pending"


@pytest.mark.parametrize(("level", "function"), [(2, "marketing"), (4, "analysis")])
def test_what_cannot_be_asked_for_is_refused(tx, level, function):
    with pytest.raises(NotAllowed):
        ask(tx, hire(tx, "Ann", level, function))


def test_a_request_expires_by_the_business_clock(tx):
    ann, bob = hire(tx, "Ann", 3), hire(tx, "Bob", 4)
    asked, later = ask(tx, ann), ask(tx, ann, version=2, at=AT + DAY)
    end = asked.expires_at

    assert waiting(tx, bob, end - timedelta(seconds=1)) == [asked.approval_id, later.approval_id]
    assert waiting(tx, bob, end) == [later.approval_id]
    with pytest.raises(ApprovalClosed, match="expired"):
        decide(tx, bob, asked, at=end)
    assert [one.approval_id for one in access.expire_due(tx, end)] == [asked.approval_id]
    assert access.expire_due(tx, end) == []
    assert access.approval(tx, asked.approval_id).state == "expired"
    assert ask(tx, ann, at=end).state == "pending"


def test_an_expired_one_that_nobody_swept_does_not_stand_in_the_way(tx):
    ann = hire(tx, "Ann", 3)
    asked = ask(tx, ann)

    again = ask(tx, ann, at=asked.expires_at)

    assert again.approval_id != asked.approval_id
    assert access.approval(tx, asked.approval_id).state == "expired"


def test_only_who_asked_takes_it_back(tx):
    ann, bob = hire(tx, "Ann", 3), hire(tx, "Bob", 4)
    asked = ask(tx, ann)

    with pytest.raises(NotAllowed, match="Ann asked"):
        access.withdraw(tx, bob, asked.approval_id, at=AT)
    withdrawn = access.withdraw(tx, ann, asked.approval_id, at=AT)

    assert withdrawn.state == "withdrawn"
    assert access.withdraw(tx, ann, asked.approval_id, at=AT) == withdrawn
    with pytest.raises(ApprovalClosed, match="withdrawn"):
        decide(tx, bob, asked)


def test_somebody_shut_out_meanwhile_decides_nothing(tx):
    ann, bob = hire(tx, "Ann", 3), hire(tx, "Bob", 4)
    asked = ask(tx, ann)
    access.deactivate(tx, access.SYSTEM, bob.person_id, at=AT, now=AT)

    with pytest.raises(NotAllowed, match="no longer active"):
        decide(tx, bob, asked)


def test_the_level_that_counts_is_the_present_one(tx):
    ann, bob = hire(tx, "Ann", 3), hire(tx, "Bob", 4)
    asked = ask(tx, ann)
    access.change_person(
        tx, access.SYSTEM, bob.person_id, name="Bob", level=3, function="marketing", scope=None, at=AT
    )

    with pytest.raises(NotAllowed):
        decide(tx, bob, asked)


def test_requests_are_listed_in_pages(tx):
    ann = hire(tx, "Ann", 3)
    made = [ask(tx, ann, version=n).approval_id for n in range(1, 6)]

    first = access.approvals(tx, state="pending", limit=3)
    rest = access.approvals(tx, state="pending", limit=3, cursor=first.next)

    assert [one.approval_id for one in (*first.items, *rest.items)] == made[::-1]
    assert rest.next is None
    assert access.approvals(tx, requested_by=ann.person_id, subject="autumn").items == ()


def test_an_unknown_request_is_not_found(tx):
    with pytest.raises(UnknownApproval, match="apr_"):
        access.approval(tx, 99)


def test_every_step_is_in_the_audit(tx):
    ann, bob = hire(tx, "Ann", 3), hire(tx, "Bob", 4)
    asked = ask(tx, ann)
    decide(tx, bob, asked, comment="Good")
    access.mark_done(tx, access.SYSTEM, asked.approval_id, at=AT)
    access.withdraw(tx, ann, ask(tx, ann, version=2).approval_id, at=AT)
    ask(tx, ann, version=3)
    access.expire_due(tx, AT + 7 * DAY)

    entries = audit.entries(tx, subject_kind="approval").items[::-1]

    assert [(entry.action, entry.actor_name) for entry in entries] == [
        ("approvals.request", "Ann"),
        ("approvals.approve", "Bob"),
        ("approvals.done", "Regulars"),
        ("approvals.request", "Ann"),
        ("approvals.withdraw", "Ann"),
        ("approvals.request", "Ann"),
        ("approvals.expire", "Regulars"),
    ]
    assert entries[1].reason == "Good"


def together(*steps):
    """Run steps at once, each in a thread; gives what each gave or raised."""
    start, outcomes = threading.Barrier(len(steps)), [None] * len(steps)

    def one(n, step):
        start.wait()
        try:
            outcomes[n] = step()
        except access.ApprovalClosed as told:
            outcomes[n] = told

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def in_transaction(database, step):
    def run():
        with database.transaction() as tx:
            return step(tx)

    return run


def test_two_approvers_at_once_approve_it_once(database):
    with database.transaction() as tx:
        ann, people = hire(tx, "Ann", 3), [hire(tx, f"Bob{n}", 4) for n in range(4)]

    for version in range(1, 11):
        with database.transaction() as tx:
            asked = ask(tx, ann, version=version)
        steps = [in_transaction(database, lambda tx, who=who: decide(tx, who, asked)) for who in people]  # noqa: B023
        outcomes = together(*steps)

        won = [one for one in outcomes if isinstance(one, access.Approval)]
        assert [one.state for one in won] == ["approved"]
        with database.transaction() as tx:
            assert len(access.verdicts(tx, asked.approval_id)) == 1


def test_two_that_are_both_needed_both_count_when_they_come_at_once(database):
    with database.transaction() as tx:
        ann, bob, cy = hire(tx, "Ann", 3), hire(tx, "Bob", 4), hire(tx, "Cy", 5)

    for version in range(1, 11):
        with database.transaction() as tx:
            asked = ask(tx, ann, version=version, amount=2_000_000)
        steps = [in_transaction(database, lambda tx, who=who: decide(tx, who, asked)) for who in (bob, cy)]  # noqa: B023

        assert sorted(one.state for one in together(*steps)) == ["approved", "pending"]


def test_the_same_person_twice_at_once_counts_once(database):
    with database.transaction() as tx:
        ann, bob = hire(tx, "Ann", 3), hire(tx, "Bob", 4)
        asked = ask(tx, ann, amount=2_000_000)

    outcomes = together(*[in_transaction(database, lambda tx: decide(tx, bob, asked))] * 4)

    assert [(one.state, one.approvals) for one in outcomes] == [("pending", 1)] * 4


def test_approval_racing_expiry_has_one_end(database):
    with database.transaction() as tx:
        ann, bob = hire(tx, "Ann", 3), hire(tx, "Bob", 4)
    ends = set()

    for version in range(1, 31):
        with database.transaction() as tx:
            asked = ask(tx, ann, version=version)
        just_before, end = asked.expires_at - timedelta(seconds=1), asked.expires_at
        approved, expired = together(
            in_transaction(database, lambda tx: decide(tx, bob, asked, at=just_before)),  # noqa: B023
            in_transaction(database, lambda tx: access.expire_due(tx, end)),  # noqa: B023
        )

        with database.transaction() as tx:
            state = access.approval(tx, asked.approval_id).state
            recorded = len(access.verdicts(tx, asked.approval_id))
        ends.add(state)
        if state == "approved":
            assert (approved.state, expired, recorded) == ("approved", [], 1)
        else:
            assert isinstance(approved, ApprovalClosed)
            assert ([one.approval_id for one in expired], recorded) == ([asked.approval_id], 0)

    assert ends <= {"approved", "expired"}


def test_expiry_that_waits_for_a_decision_sees_it(database):
    with database.transaction() as tx:
        ann, bob = hire(tx, "Ann", 3), hire(tx, "Bob", 4)
        asked = ask(tx, ann)
    swept = []

    with database.transaction() as deciding:
        decide(deciding, bob, asked, at=asked.expires_at - timedelta(seconds=1))
        sweeper = threading.Thread(
            target=lambda: swept.append(
                in_transaction(database, lambda tx: access.expire_due(tx, asked.expires_at))()
            )
        )
        sweeper.start()
        sweeper.join(0.3)
        assert sweeper.is_alive()
    sweeper.join()

    assert swept == [[]]
    with database.transaction() as tx:
        assert access.approval(tx, asked.approval_id).state == "approved"


def test_the_same_request_twice_at_once_is_one_request(database):
    with database.transaction() as tx:
        ann = hire(tx, "Ann", 3)

    outcomes = together(*[in_transaction(database, lambda tx: ask(tx, ann).approval_id)] * 4)

    assert len(set(outcomes)) == 1
